package cdn

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The IDs of the distribution's origins.
const (
	mediaOrigin  = "media"
	staticOrigin = "static"
)

// Policies that CloudFront manages.
const (
	// cachingOptimized keeps what the origin does not say otherwise about for a
	// day, and takes neither cookies nor query strings for part of the address.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html#managed-cache-caching-optimized
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	// securityHeaders adds HSTS, nosniff, frame and referrer headers.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html#managed-response-headers-policies-security
	securityHeaders = "67f7725c-6f97-4210-82d7-5512b31e9d03"
)

const redirectToHTTPS = "redirect-to-https"

var readMethods = []string{"GET", "HEAD"}

func (c *CDN) mediaOrigin() *cloudfront.DistributionOriginArgs {
	return &cloudfront.DistributionOriginArgs{
		OriginId:              pulumi.String(mediaOrigin),
		DomainName:            c.args.BucketDomainName,
		OriginAccessControlId: c.access.ID(),
	}
}

func (c *CDN) staticOrigin() *cloudfront.DistributionOriginArgs {
	protocol := "http-only"
	if c.args.StaticTLS {
		protocol = "https-only"
	}
	return &cloudfront.DistributionOriginArgs{
		OriginId:   pulumi.String(staticOrigin),
		DomainName: c.args.StaticHost,
		CustomOriginConfig: &cloudfront.DistributionOriginCustomOriginConfigArgs{
			HttpPort:             pulumi.Int(80),
			HttpsPort:            pulumi.Int(443),
			OriginProtocolPolicy: pulumi.String(protocol),
			OriginSslProtocols:   pulumi.ToStringArray([]string{"TLSv1.2"}),
		},
	}
}

// mediaBehavior is the distribution's default.
func mediaBehavior() *cloudfront.DistributionDefaultCacheBehaviorArgs {
	return &cloudfront.DistributionDefaultCacheBehaviorArgs{
		TargetOriginId:          pulumi.String(mediaOrigin),
		ViewerProtocolPolicy:    pulumi.String(redirectToHTTPS),
		AllowedMethods:          pulumi.ToStringArray(readMethods),
		CachedMethods:           pulumi.ToStringArray(readMethods),
		CachePolicyId:           pulumi.String(cachingOptimized),
		ResponseHeadersPolicyId: pulumi.String(securityHeaders),
		Compress:                pulumi.Bool(true),
	}
}

func (c *CDN) staticBehavior() *cloudfront.DistributionOrderedCacheBehaviorArgs {
	return &cloudfront.DistributionOrderedCacheBehaviorArgs{
		PathPattern:             pulumi.String(c.args.StaticPath + "*"),
		TargetOriginId:          pulumi.String(staticOrigin),
		ViewerProtocolPolicy:    pulumi.String(redirectToHTTPS),
		AllowedMethods:          pulumi.ToStringArray(readMethods),
		CachedMethods:           pulumi.ToStringArray(readMethods),
		CachePolicyId:           pulumi.String(cachingOptimized),
		ResponseHeadersPolicyId: pulumi.String(securityHeaders),
		Compress:                pulumi.Bool(true),
	}
}
