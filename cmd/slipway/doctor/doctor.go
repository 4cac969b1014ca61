// Package doctor says what an AWS account lacks for a stack, and how to get it. It
// only reads.
package doctor

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// AWS is where the answers come from.
type AWS struct {
	STS interface {
		GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
	}
	S3 interface {
		GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error)
	}
	KMS interface {
		DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	}
	Route53 interface {
		ListHostedZonesByName(context.Context, *route53.ListHostedZonesByNameInput, ...func(*route53.Options)) (*route53.ListHostedZonesByNameOutput, error)
	}
}

// Wanted is what a stack needs of its account.
type Wanted struct {
	// Backend is Pulumi's backend, "s3://bucket?region=...".
	Backend string
	// SecretsProvider is the key of the state's secrets, "awskms://alias/name?region=...".
	SecretsProvider string
	// HostedZone is the domain that the app is served in, empty without one.
	HostedZone string
}

// Check is what was looked at.
type Check struct {
	Name string
	// Found is what there is; when it is not enough, Todo says what to do.
	Found, Todo string
}

// Examine makes all checks, the credentials first: without them there are no others.
func Examine(ctx context.Context, from AWS, wanted Wanted) []Check {
	identity, err := from.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return []Check{{"credentials", "AWS does not accept them: " + err.Error(), "log in: aws sso login, or set AWS_PROFILE; see https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html"}}
	}
	return []Check{
		{"credentials", fmt.Sprintf("account %s as %s", aws.ToString(identity.Account), aws.ToString(identity.Arn)), ""},
		stateBucket(ctx, from, wanted),
		secretsKey(ctx, from, wanted),
		zone(ctx, from, wanted),
	}
}

func stateBucket(ctx context.Context, from AWS, wanted Wanted) Check {
	check := Check{Name: "state bucket"}
	location, err := url.Parse(wanted.Backend)
	if err != nil || location.Scheme != "s3" || location.Host == "" {
		check.Found, check.Todo = fmt.Sprintf("PULUMI_BACKEND_URL is %q", wanted.Backend), "set it to s3://BUCKET?region=REGION, the bucket that make bootstrap made"
		return check
	}
	versioning, err := from.S3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(location.Host)})
	switch {
	case err != nil:
		check.Found, check.Todo = fmt.Sprintf("%s can't be read: %v", location.Host, err), "run make bootstrap TARGET=aws, or ask for read access to the bucket"
	case versioning.Status != s3types.BucketVersioningStatusEnabled:
		check.Found, check.Todo = location.Host+" keeps no versions: a lost state could not be restored", "use the bucket of make bootstrap, or turn versioning on"
	default:
		check.Found = location.Host + ", versioned"
	}
	return check
}

func secretsKey(ctx context.Context, from AWS, wanted Wanted) Check {
	check := Check{Name: "key of the secrets"}
	id, is := strings.CutPrefix(wanted.SecretsProvider, "awskms://")
	id, parameters, _ := strings.Cut(id, "?")
	id = strings.TrimPrefix(id, "/") // awskms:///arn:aws:kms:...
	if !is || id == "" {
		check.Found, check.Todo = fmt.Sprintf("PULUMI_SECRETS_PROVIDER is %q", wanted.SecretsProvider), "set it to awskms://alias/NAME?region=REGION, the key that make bootstrap made"
		return check
	}
	key, err := from.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id}, func(o *kms.Options) {
		// The key may be in another region than the bucket.
		if query, err := url.ParseQuery(parameters); err == nil && query.Get("region") != "" {
			o.Region = query.Get("region")
		}
	})
	switch {
	case err != nil:
		check.Found, check.Todo = fmt.Sprintf("%s can't be read: %v", id, err), "run make bootstrap TARGET=aws, or ask for the right to use the key"
	case !key.KeyMetadata.Enabled:
		check.Found, check.Todo = fmt.Sprintf("%s is %s", id, key.KeyMetadata.KeyState), "enable it: no state can be read without it"
	default:
		check.Found = id
	}
	return check
}

func zone(ctx context.Context, from AWS, wanted Wanted) Check {
	check := Check{Name: "hosted zone", Found: "none is configured: the app is served without a domain and without TLS"}
	if wanted.HostedZone == "" {
		return check
	}
	name := strings.TrimSuffix(wanted.HostedZone, ".") + "."
	zones, err := from.Route53.ListHostedZonesByName(ctx, &route53.ListHostedZonesByNameInput{DNSName: &name})
	switch {
	case err != nil:
		check.Found, check.Todo = fmt.Sprintf("%s can't be looked up: %v", wanted.HostedZone, err), "ask for the right route53:ListHostedZonesByName"
	case len(zones.HostedZones) == 0 || aws.ToString(zones.HostedZones[0].Name) != name:
		check.Found, check.Todo = "the account has none named "+wanted.HostedZone, "create it in Route 53 and delegate the domain to it, or change hostedZone in the stack's file"
	default:
		check.Found = wanted.HostedZone
	}
	return check
}

// Write prints the checks and returns how many found something missing.
func Write(out io.Writer, checks []Check) (missing int, err error) {
	for _, check := range checks {
		line := fmt.Sprintf("  ok       %-22s %s\n", check.Name, check.Found)
		if check.Todo != "" {
			missing++
			line = fmt.Sprintf("  MISSING  %-22s %s\n           -> %s\n", check.Name, check.Found, check.Todo)
		}
		if _, err := io.WriteString(out, line); err != nil {
			return missing, err
		}
	}
	return missing, nil
}
