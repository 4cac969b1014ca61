package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createCertificate asks ACM for a certificate, answers its challenges in the
// hosted zone, and waits until it is issued. Its key is ACM's default, RSA 2048:
// every client takes it. When a name changes, the new certificate is issued and
// in use before the old one goes.
func (e *Edge) createCertificate(ctx *pulumi.Context) error {
	certificate, err := acm.NewCertificate(ctx, e.name, &acm.CertificateArgs{
		DomainName:              pulumi.String(e.args.Domain),
		SubjectAlternativeNames: pulumi.ToStringArray(e.args.Redirects),
		ValidationMethod:        pulumi.String("DNS"),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create certificate: %w", err)
	}
	var answers pulumi.StringArray
	for _, domain := range e.domains() {
		challenge := challengeOf(certificate, domain)
		record, err := route53.NewRecord(ctx, e.recordName("certificate", domain), &route53.RecordArgs{
			ZoneId:         e.args.ZoneID,
			Name:           challenge.ResourceRecordName().Elem(),
			Type:           challenge.ResourceRecordType().Elem(),
			Records:        pulumi.StringArray{challenge.ResourceRecordValue().Elem()},
			Ttl:            pulumi.Int(60),
			AllowOverwrite: pulumi.Bool(true),
		}, e.child())
		if err != nil {
			return fmt.Errorf("create certificate validation record of %s: %w", domain, err)
		}
		answers = append(answers, record.Fqdn)
	}
	validation, err := acm.NewCertificateValidation(ctx, e.name, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: answers,
	}, e.child())
	if err != nil {
		return fmt.Errorf("validate certificate: %w", err)
	}
	e.CertificateARN = validation.CertificateArn
	return nil
}

// challengeOf is what ACM asks about one name: it answers in an order of its own.
func challengeOf(certificate *acm.Certificate, domain string) acm.CertificateDomainValidationOptionOutput {
	return certificate.DomainValidationOptions.ApplyT(func(options []acm.CertificateDomainValidationOption) (acm.CertificateDomainValidationOption, error) {
		for _, option := range options {
			if option.DomainName != nil && *option.DomainName == domain {
				return option, nil
			}
		}
		return acm.CertificateDomainValidationOption{}, fmt.Errorf("ACM asks for no record of %s in the certificate that it is to be in", domain)
	}).(acm.CertificateDomainValidationOptionOutput)
}

func (e *Edge) createAliasRecords(ctx *pulumi.Context) error {
	for _, domain := range e.domains() {
		_, err := route53.NewRecord(ctx, e.recordName("alias", domain), &route53.RecordArgs{
			ZoneId: e.args.ZoneID,
			Name:   pulumi.String(domain),
			Type:   pulumi.String("A"),
			Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
				Name:                 e.loadBalancer.DnsName,
				ZoneId:               e.loadBalancer.ZoneId,
				EvaluateTargetHealth: pulumi.Bool(true),
			}},
		}, e.child())
		if err != nil {
			return fmt.Errorf("create alias record of %s: %w", domain, err)
		}
	}
	return nil
}

// domains are all names of the edge, the one that it serves first.
func (e *Edge) domains() []string { return append([]string{e.args.Domain}, e.args.Redirects...) }

// recordName has the domain in it: a name that becomes the first one, or ceases to
// be it, keeps its record, which Route 53 takes once.
func (e *Edge) recordName(role, domain string) string {
	return e.name + "-" + role + "-" + domain
}
