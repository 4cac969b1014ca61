package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createCertificate asks ACM for a certificate, answers its challenge in the
// hosted zone, and waits until it is issued. Its key is ACM's default, RSA 2048:
// every client takes it. When the domain changes, the new certificate is issued
// and in use before the old one goes.
func (e *Edge) createCertificate(ctx *pulumi.Context) error {
	certificate, err := acm.NewCertificate(ctx, e.name, &acm.CertificateArgs{
		DomainName:       pulumi.String(e.args.Domain),
		ValidationMethod: pulumi.String("DNS"),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create certificate: %w", err)
	}
	challenge := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, e.name+"-certificate", &route53.RecordArgs{
		ZoneId:         e.args.ZoneID,
		Name:           challenge.ResourceRecordName().Elem(),
		Type:           challenge.ResourceRecordType().Elem(),
		Records:        pulumi.StringArray{challenge.ResourceRecordValue().Elem()},
		Ttl:            pulumi.Int(60),
		AllowOverwrite: pulumi.Bool(true),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create certificate validation record: %w", err)
	}
	validation, err := acm.NewCertificateValidation(ctx, e.name, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, e.child())
	if err != nil {
		return fmt.Errorf("validate certificate: %w", err)
	}
	e.CertificateARN = validation.CertificateArn
	return nil
}

func (e *Edge) createAliasRecord(ctx *pulumi.Context) error {
	_, err := route53.NewRecord(ctx, e.name+"-alias", &route53.RecordArgs{
		ZoneId: e.args.ZoneID,
		Name:   pulumi.String(e.args.Domain),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name:                 e.loadBalancer.DnsName,
			ZoneId:               e.loadBalancer.ZoneId,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, e.child())
	if err != nil {
		return fmt.Errorf("create alias record: %w", err)
	}
	return nil
}
