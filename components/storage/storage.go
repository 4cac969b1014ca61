package storage

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Storage in Pulumi's state.
const TypeToken = "slipway:storage:Storage"

// Storage is a private bucket.
type Storage struct {
	pulumi.ResourceState

	// Bucket is the bucket's name. It is known once the bucket is private and
	// encrypted and has its policy: nobody writes into it before, and a service
	// that tries whether it may, as Elastic Load Balancing does, finds its right.
	Bucket pulumi.StringOutput
	// ARN is the bucket's ARN.
	ARN pulumi.StringOutput
	// DomainName is the bucket's name in DNS, in its region.
	DomainName pulumi.StringOutput

	name   string
	args   *Args
	bucket *s3.BucketV2
	// settings are what must be in place before the bucket is used.
	settings []pulumi.CustomResource
}

// New builds a bucket. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Storage, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	s := &Storage{name: name, args: args.withDefaults()}
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register storage %s: %w", name, err)
	}
	steps := []func(*pulumi.Context) error{
		s.createBucket,
		s.blockPublicAccess,
		s.enforceOwnership,
		s.encrypt,
		s.keepVersions,
		s.attachPolicy,
	}
	if len(s.args.CORSOrigins) > 0 {
		steps = append(steps, s.admitOrigins)
	}
	if s.args.AccessLogs != nil {
		steps = append(steps, s.recordAccess)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	s.Bucket = s.nameOnceSet()
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"bucket": s.Bucket, "arn": s.ARN})
}

// ReadWrite is what an app needs to keep its objects below prefix ("media/"),
// and nothing else in the bucket.
func (s *Storage) ReadWrite(prefix string) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "MediaObjects",
			Actions:   []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s/%s*", s.ARN, prefix)},
		},
		{
			Sid:       "MediaList",
			Actions:   []string{"s3:ListBucket"},
			Resources: []pulumi.StringInput{s.ARN},
			Conditions: map[string]map[string]pulumi.StringInput{
				"StringLike": {"s3:prefix": pulumi.String(prefix + "*")},
			},
		},
	}
}

func (s *Storage) child() pulumi.ResourceOption { return pulumi.Parent(s) }

func (s *Storage) nameOnceSet() pulumi.StringOutput {
	inputs := []any{s.bucket.Bucket}
	for _, setting := range s.settings {
		inputs = append(inputs, setting.ID())
	}
	return pulumi.All(inputs...).ApplyT(func(values []any) string {
		return values[0].(string)
	}).(pulumi.StringOutput)
}
