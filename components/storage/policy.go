package storage

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// Delivery is a kind of log that an AWS service delivers into a bucket.
type Delivery string

const (
	// LoadBalancerLogs are the access logs of the account's application load
	// balancers, below AWSLogs/ as Elastic Load Balancing has it without a prefix.
	LoadBalancerLogs Delivery = "load-balancer"
	// AccessLogs are the access logs of the account's buckets, below s3/ and the
	// name of the bucket's component.
	AccessLogs Delivery = "s3"
)

// Deliveries are the values that Delivery takes.
var Deliveries = []Delivery{LoadBalancerLogs, AccessLogs}

const accessLogsPrefix = "s3/"

// attachPolicy writes the bucket's one policy: a second would overwrite it.
func (s *Storage) attachPolicy(ctx *pulumi.Context) error {
	statements := []policy.Statement{s.denyWithoutTLS()}
	if len(s.args.Receives) > 0 || s.args.CloudFrontPrefix != "" {
		account, err := policy.LookupAccount(ctx, pulumi.Parent(s))
		if err != nil {
			return err
		}
		for _, delivery := range s.args.Receives {
			statements = append(statements, s.receive(delivery, account))
		}
		if s.args.CloudFrontPrefix != "" {
			statements = append(statements, s.admitCloudFront(account))
		}
	}
	attached, err := s3.NewBucketPolicy(ctx, s.name+"-tls", &s3.BucketPolicyArgs{
		Bucket: s.bucket.Bucket,
		Policy: policy.Document(statements...),
	}, s.child())
	if err != nil {
		return fmt.Errorf("attach bucket policy: %w", err)
	}
	s.settings = append(s.settings, attached)
	return nil
}

// denyWithoutTLS refuses every request that did not come over TLS (AWS FSBP S3.5).
func (s *Storage) denyWithoutTLS() policy.Statement {
	return policy.Statement{
		Sid:       "DenyWithoutTLS",
		Deny:      true,
		Actions:   []string{"s3:*"},
		AWS:       []pulumi.StringInput{pulumi.String("*")},
		Resources: []pulumi.StringInput{s.ARN, pulumi.Sprintf("%s/*", s.ARN)},
		Conditions: map[string]map[string]pulumi.StringInput{
			"Bool": {"aws:SecureTransport": pulumi.String("false")},
		},
	}
}

func (s *Storage) receive(delivery Delivery, account *policy.Account) policy.Statement {
	if delivery == LoadBalancerLogs {
		// The account in the path is what bounds the right. AWS documents no
		// condition beside it, and with aws:SourceArn load balancers are refused.
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
		return policy.Statement{
			Sid:       "LoadBalancerLogs",
			Actions:   []string{"s3:PutObject"},
			Services:  []string{"logdelivery.elasticloadbalancing.amazonaws.com"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s/AWSLogs/%s/*", s.ARN, account.ID)},
		}
	}
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
	return policy.Statement{
		Sid:       "AccessLogs",
		Actions:   []string{"s3:PutObject"},
		Services:  []string{"logging.s3.amazonaws.com"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s/%s*", s.ARN, accessLogsPrefix)},
		Conditions: map[string]map[string]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": pulumi.String(account.ID)},
		},
	}
}

// admitCloudFront names the account's distributions and not one of them: a
// distribution needs the bucket first, and the bucket has one policy.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
func (s *Storage) admitCloudFront(account *policy.Account) policy.Statement {
	return policy.Statement{
		Sid:       "CloudFront",
		Actions:   []string{"s3:GetObject"},
		Services:  []string{"cloudfront.amazonaws.com"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s/%s*", s.ARN, s.args.CloudFrontPrefix)},
		Conditions: map[string]map[string]pulumi.StringInput{
			"ArnLike": {"aws:SourceArn": account.GlobalARN("cloudfront", "distribution/*")},
		},
	}
}
