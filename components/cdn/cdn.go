package cdn

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of a CDN in Pulumi's state.
const TypeToken = "slipway:cdn:CDN"

// CDN is a CloudFront distribution.
type CDN struct {
	pulumi.ResourceState

	// Domain is the host name of media and static files: Args.Domain, or the one
	// that CloudFront gave.
	Domain pulumi.StringOutput
	// URL is where media and static files are, without a trailing slash.
	URL pulumi.StringOutput
	// ARN is the distribution's ARN.
	ARN pulumi.StringOutput

	name         string
	args         *Args
	access       *cloudfront.OriginAccessControl
	distribution *cloudfront.Distribution
}

// New builds a distribution. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*CDN, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	c := &CDN{name: name, args: args.withDefaults()}
	if err := ctx.RegisterComponentResource(TypeToken, name, c, opts...); err != nil {
		return nil, fmt.Errorf("register CDN %s: %w", name, err)
	}
	steps := []func(*pulumi.Context) error{c.createAccessControl, c.createDistribution}
	if c.args.Domain != "" {
		steps = append(steps, c.createAliasRecords)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"domain": c.Domain,
		"url":    c.URL,
		"arn":    c.ARN,
	})
}

func (c *CDN) child() pulumi.ResourceOption { return pulumi.Parent(c) }

// createAccessControl has CloudFront sign every request to the bucket.
func (c *CDN) createAccessControl(ctx *pulumi.Context) (err error) {
	c.access, err = cloudfront.NewOriginAccessControl(ctx, c.name, &cloudfront.OriginAccessControlArgs{
		Description:                   pulumi.String("Media of " + c.name),
		OriginAccessControlOriginType: pulumi.String("s3"),
		SigningBehavior:               pulumi.String("always"),
		SigningProtocol:               pulumi.String("sigv4"),
	}, c.child())
	if err != nil {
		return fmt.Errorf("create origin access control: %w", err)
	}
	return nil
}

func (c *CDN) createDistribution(ctx *pulumi.Context) (err error) {
	args := &cloudfront.DistributionArgs{
		Comment:              pulumi.String(c.name),
		Enabled:              pulumi.Bool(true),
		IsIpv6Enabled:        pulumi.Bool(true),
		HttpVersion:          pulumi.String("http2and3"),
		PriceClass:           pulumi.String(c.args.PriceClass),
		Origins:              cloudfront.DistributionOriginArray{c.mediaOrigin()},
		DefaultCacheBehavior: mediaBehavior(),
		Restrictions: &cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: &cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		ViewerCertificate: c.viewerCertificate(),
	}
	if c.args.StaticHost != nil {
		args.Origins = cloudfront.DistributionOriginArray{c.mediaOrigin(), c.staticOrigin()}
		args.OrderedCacheBehaviors = cloudfront.DistributionOrderedCacheBehaviorArray{c.staticBehavior()}
	}
	if c.args.Domain != "" {
		args.Aliases = pulumi.ToStringArray([]string{c.args.Domain})
	}
	c.distribution, err = cloudfront.NewDistribution(ctx, c.name, args, c.child(), pulumi.Protect(!c.args.Disposable))
	if err != nil {
		return fmt.Errorf("create distribution: %w", err)
	}
	c.ARN, c.Domain = c.distribution.Arn, c.distribution.DomainName
	if c.args.Domain != "" {
		c.Domain = pulumi.String(c.args.Domain).ToStringOutput()
	}
	c.URL = pulumi.Sprintf("https://%s", c.Domain)
	return nil
}

func (c *CDN) viewerCertificate() *cloudfront.DistributionViewerCertificateArgs {
	if c.args.Domain == "" {
		return &cloudfront.DistributionViewerCertificateArgs{CloudfrontDefaultCertificate: pulumi.Bool(true)}
	}
	return &cloudfront.DistributionViewerCertificateArgs{
		AcmCertificateArn:      c.args.CertificateARN.ToStringOutput(),
		SslSupportMethod:       pulumi.String("sni-only"),
		MinimumProtocolVersion: pulumi.String("TLSv1.2_2021"),
	}
}

// createAliasRecords names the distribution for IPv4 and IPv6.
func (c *CDN) createAliasRecords(ctx *pulumi.Context) error {
	for _, kind := range []string{"A", "AAAA"} {
		_, err := route53.NewRecord(ctx, c.name+"-alias-"+strings.ToLower(kind), &route53.RecordArgs{
			ZoneId: c.args.ZoneID,
			Name:   pulumi.String(c.args.Domain),
			Type:   pulumi.String(kind),
			Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
				Name:                 c.distribution.DomainName,
				ZoneId:               c.distribution.HostedZoneId,
				EvaluateTargetHealth: pulumi.Bool(false), // Route 53 cannot check distributions
			}},
		}, c.child())
		if err != nil {
			return fmt.Errorf("create alias record %s: %w", kind, err)
		}
	}
	return nil
}
