package backend

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestKeysAreThoseOfPulumi(t *testing.T) {
	for address, want := range map[string]struct{ state, locks string }{
		"s3://bucket?region=eu-west-1": {".pulumi/stacks/slipway/staging.json", ".pulumi/locks/organization/slipway/staging/"},
		"s3://bucket/below/here":       {"below/here/.pulumi/stacks/slipway/staging.json", "below/here/.pulumi/locks/organization/slipway/staging/"},
	} {
		b, err := Open(address, "slipway", "staging", aws.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if b.Bucket != "bucket" || b.StateKey() != want.state || b.lockPrefix() != want.locks || b.Name() != "slipway/staging" {
			t.Errorf("%s: got %s, %s, %s", address, b.Bucket, b.StateKey(), b.lockPrefix())
		}
	}
}

func TestOnlyBucketsHoldState(t *testing.T) {
	for _, address := range []string{"", "file:///tmp", "https://api.pulumi.com", "s3://", "%"} {
		if _, err := Open(address, "slipway", "staging", aws.Config{}); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
