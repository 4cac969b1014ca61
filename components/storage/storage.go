package storage

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Storage in Pulumi's state.
const TypeToken = "slipway:storage:Storage"

// DefaultOldVersionDays is how long overwritten and deleted objects can be
// brought back when Args says nothing.
const DefaultOldVersionDays = 30

// Args describe a bucket. The zero value is valid and safe.
type Args struct {
	// OldVersionDays is how long overwritten and deleted objects can be brought
	// back, in days. Default: 30.
	OldVersionDays int
	// Disposable lets the bucket be deleted with its objects. Default: false.
	Disposable bool
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a != nil && a.OldVersionDays < 0 {
		return fmt.Errorf("storage.OldVersionDays: %d must be 1 or more (0 means %d)", a.OldVersionDays, DefaultOldVersionDays)
	}
	return nil
}

// Storage is a private bucket.
type Storage struct {
	pulumi.ResourceState

	// Bucket is the bucket's name.
	Bucket pulumi.StringOutput
	// ARN is the bucket's ARN.
	ARN pulumi.StringOutput

	name   string
	args   Args
	bucket *s3.BucketV2
}

// New builds a bucket. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Storage, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	s := &Storage{name: name}
	if args != nil {
		s.args = *args
	}
	if s.args.OldVersionDays == 0 {
		s.args.OldVersionDays = DefaultOldVersionDays
	}
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register storage %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		s.createBucket,
		s.blockPublicAccess,
		s.enforceOwnership,
		s.encrypt,
		s.keepVersions,
		s.requireTLS,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
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

func (s *Storage) createBucket(ctx *pulumi.Context) (err error) {
	s.bucket, err = s3.NewBucketV2(ctx, s.name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(s.args.Disposable),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	s.Bucket, s.ARN = s.bucket.Bucket, s.bucket.Arn
	return nil
}

func (s *Storage) blockPublicAccess(ctx *pulumi.Context) error {
	_, err := s3.NewBucketPublicAccessBlock(ctx, s.name+"-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:                s.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, s.child())
	if err != nil {
		return fmt.Errorf("block public access: %w", err)
	}
	return nil
}

// enforceOwnership turns ACLs off, so that policies alone decide (AWS FSBP S3.12).
func (s *Storage) enforceOwnership(ctx *pulumi.Context) error {
	_, err := s3.NewBucketOwnershipControls(ctx, s.name+"-ownership", &s3.BucketOwnershipControlsArgs{
		Bucket: s.Bucket,
		Rule: &s3.BucketOwnershipControlsRuleArgs{
			ObjectOwnership: pulumi.String("BucketOwnerEnforced"),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("enforce bucket ownership: %w", err)
	}
	return nil
}

func (s *Storage) encrypt(ctx *pulumi.Context) error {
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, s.name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: s.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
				ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
					SseAlgorithm: pulumi.String("AES256"),
				},
			},
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("encrypt bucket: %w", err)
	}
	return nil
}

func (s *Storage) keepVersions(ctx *pulumi.Context) error {
	versioning, err := s3.NewBucketVersioningV2(ctx, s.name+"-versions", &s3.BucketVersioningV2Args{
		Bucket: s.Bucket,
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("version bucket: %w", err)
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, s.name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{
			&s3.BucketLifecycleConfigurationV2RuleArgs{
				Id:     pulumi.String("expire-old-versions"),
				Status: pulumi.String("Enabled"),
				Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
				NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
					NoncurrentDays: pulumi.Int(s.args.OldVersionDays),
				},
				AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
					DaysAfterInitiation: pulumi.Int(1),
				},
			},
		},
	}, s.child(), pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return fmt.Errorf("expire old versions: %w", err)
	}
	return nil
}

// requireTLS refuses every request that did not come over TLS (AWS FSBP S3.5).
func (s *Storage) requireTLS(ctx *pulumi.Context) error {
	_, err := s3.NewBucketPolicy(ctx, s.name+"-tls", &s3.BucketPolicyArgs{
		Bucket: s.Bucket,
		Policy: policy.Document(policy.Statement{
			Sid:       "DenyWithoutTLS",
			Deny:      true,
			Actions:   []string{"s3:*"},
			AWS:       []pulumi.StringInput{pulumi.String("*")},
			Resources: []pulumi.StringInput{s.ARN, pulumi.Sprintf("%s/*", s.ARN)},
			Conditions: map[string]map[string]pulumi.StringInput{
				"Bool": {"aws:SecureTransport": pulumi.String("false")},
			},
		}),
	}, s.child())
	if err != nil {
		return fmt.Errorf("require TLS: %w", err)
	}
	return nil
}
