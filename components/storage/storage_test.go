package storage_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/storage"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func program(args *storage.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := storage.New(ctx, "media", args)
		return err
	}
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(nil))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"s3.BucketLifecycleConfigurationV2 media-lifecycle",
		"s3.BucketOwnershipControls media-ownership",
		"s3.BucketPolicy media-tls",
		"s3.BucketPublicAccessBlock media-private",
		"s3.BucketServerSideEncryptionConfigurationV2 media-encryption",
		"s3.BucketV2 media",
		"s3.BucketVersioningV2 media-versions",
		"storage.Storage media",
	})
	got.CheckParents(t, "storage.Storage media")
}

func TestZeroValueKeepsObjects(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&storage.Args{}))
	if got.Get(t, "s3.BucketV2 media").Inputs["forceDestroy"].BoolValue() {
		t.Error("forceDestroy is on")
	}
	rule := got.Get(t, "s3.BucketLifecycleConfigurationV2 media-lifecycle").Inputs["rules"].ArrayValue()[0].ObjectValue()
	if days := rule["noncurrentVersionExpiration"].ObjectValue()["noncurrentDays"].NumberValue(); days != 30 {
		t.Errorf("old versions: got %v days, want 30", days)
	}
	for _, switched := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		block := got.Get(t, "s3.BucketPublicAccessBlock media-private")
		if !block.Inputs.Mappable()[switched].(bool) {
			t.Errorf("%s is off", switched)
		}
	}
}

func TestPolicyRefusesPlainHTTP(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(nil)).Get(t, "s3.BucketPolicy media-tls").Inputs["policy"].StringValue()
	want := `{"Statement":[{"Action":["s3:*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny",` +
		`"Principal":{"AWS":["*"]},"Resource":["arn:aws:s3:::media","arn:aws:s3:::media/*"],"Sid":"DenyWithoutTLS"}],"Version":"2012-10-17"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestReadWriteNamesThePrefixOnly(t *testing.T) {
	document := make(chan string, 1)
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := storage.New(ctx, "media", nil)
		if err != nil {
			return err
		}
		ctx.Export("policy", policy.Document(s.ReadWrite("media/")...).ApplyT(func(text string) string {
			document <- text
			return text
		}))
		return nil
	})
	want := `{"Statement":[` +
		`{"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Effect":"Allow","Resource":["arn:aws:s3:::media/media/*"],"Sid":"MediaObjects"},` +
		`{"Action":["s3:ListBucket"],"Condition":{"StringLike":{"s3:prefix":"media/*"}},"Effect":"Allow","Resource":["arn:aws:s3:::media"],"Sid":"MediaList"}` +
		`],"Version":"2012-10-17"}`
	if got := <-document; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(&storage.Args{OldVersionDays: -1}))
	if err == nil {
		t.Error("no error")
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}
