package storage

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (s *Storage) createBucket(ctx *pulumi.Context) (err error) {
	args := &s3.BucketV2Args{ForceDestroy: pulumi.Bool(s.args.Disposable)}
	if s.args.BucketName != "" {
		args.Bucket = pulumi.String(s.args.BucketName)
	}
	s.bucket, err = s3.NewBucketV2(ctx, s.name, args, s.child())
	if err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	s.ARN, s.DomainName = s.bucket.Arn, s.bucket.BucketRegionalDomainName
	return nil
}

func (s *Storage) blockPublicAccess(ctx *pulumi.Context) error {
	block, err := s3.NewBucketPublicAccessBlock(ctx, s.name+"-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:                s.bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, s.child())
	if err != nil {
		return fmt.Errorf("block public access: %w", err)
	}
	s.settings = append(s.settings, block)
	return nil
}

// enforceOwnership turns ACLs off, so that policies alone decide (AWS FSBP S3.12).
func (s *Storage) enforceOwnership(ctx *pulumi.Context) error {
	ownership, err := s3.NewBucketOwnershipControls(ctx, s.name+"-ownership", &s3.BucketOwnershipControlsArgs{
		Bucket: s.bucket.Bucket,
		Rule: &s3.BucketOwnershipControlsRuleArgs{
			ObjectOwnership: pulumi.String("BucketOwnerEnforced"),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("enforce bucket ownership: %w", err)
	}
	s.settings = append(s.settings, ownership)
	return nil
}

// encrypt uses a bucket key with KMS: S3 then asks KMS once in a while instead
// of once for every object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func (s *Storage) encrypt(ctx *pulumi.Context) error {
	algorithm := &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"),
	}
	rule := &s3.BucketServerSideEncryptionConfigurationV2RuleArgs{ApplyServerSideEncryptionByDefault: algorithm}
	if s.args.KeyARN != nil {
		algorithm.SseAlgorithm = pulumi.String("aws:kms")
		algorithm.KmsMasterKeyId = s.args.KeyARN.ToStringOutput()
		rule.BucketKeyEnabled = pulumi.Bool(true)
	}
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, s.name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: s.bucket.Bucket,
		Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{rule},
	}, s.child())
	if err != nil {
		return fmt.Errorf("encrypt bucket: %w", err)
	}
	s.settings = append(s.settings, encryption)
	return nil
}

func (s *Storage) keepVersions(ctx *pulumi.Context) error {
	versioning, err := s3.NewBucketVersioningV2(ctx, s.name+"-versions", &s3.BucketVersioningV2Args{
		Bucket: s.bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("version bucket: %w", err)
	}
	rule := &s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:     pulumi.String("expire-old-versions"),
		Status: pulumi.String("Enabled"),
		Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
		NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(s.args.OldVersionDays),
		},
		AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(1),
		},
		// A deleted object leaves a marker, which has no use once its versions are
		// gone. An age removes such markers by itself, and S3 takes one of the two.
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
		Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)},
	}
	if s.args.ExpireDays > 0 {
		rule.Expiration = &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(s.args.ExpireDays)}
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, s.name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.bucket.Bucket,
		Rules:  s3.BucketLifecycleConfigurationV2RuleArray{rule},
	}, s.child(), pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return fmt.Errorf("expire old versions: %w", err)
	}
	return nil
}

// admitOrigins lets pages of the origins use signed links: GET to read, PUT and
// POST to upload, with the headers that such links sign. The links remain what
// decides: CORS gives no right to anything.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
func (s *Storage) admitOrigins(ctx *pulumi.Context) error {
	_, err := s3.NewBucketCorsConfigurationV2(ctx, s.name+"-cors", &s3.BucketCorsConfigurationV2Args{
		Bucket: s.bucket.Bucket,
		CorsRules: s3.BucketCorsConfigurationV2CorsRuleArray{&s3.BucketCorsConfigurationV2CorsRuleArgs{
			AllowedOrigins: pulumi.ToStringArray(s.args.CORSOrigins),
			AllowedMethods: pulumi.ToStringArray([]string{"GET", "HEAD", "POST", "PUT"}),
			AllowedHeaders: pulumi.ToStringArray([]string{"content-md5", "content-type", "x-amz-*"}),
			ExposeHeaders:  pulumi.ToStringArray([]string{"ETag"}),
			// Chrome keeps the answer no longer than two hours.
			MaxAgeSeconds: pulumi.Int(7200),
		}},
	}, s.child())
	if err != nil {
		return fmt.Errorf("admit origins: %w", err)
	}
	return nil
}

// recordAccess has S3 log every request (AWS FSBP S3.9).
func (s *Storage) recordAccess(ctx *pulumi.Context) error {
	_, err := s3.NewBucketLoggingV2(ctx, s.name+"-logging", &s3.BucketLoggingV2Args{
		Bucket:       s.bucket.Bucket,
		TargetBucket: s.args.AccessLogs.Bucket,
		TargetPrefix: pulumi.String(accessLogsPrefix + s.name + "/"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("record access: %w", err)
	}
	return nil
}
