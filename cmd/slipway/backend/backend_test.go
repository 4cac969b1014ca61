package backend

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

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

// The bucket answers with a page at a time, of states, their backups and whatever
// else is there.
func TestStacksAreListedWithoutReadingAState(t *testing.T) {
	const page = `<ListBucketResult><IsTruncated>%t</IsTruncated><NextContinuationToken>next</NextContinuationToken>
<Contents><Key>.pulumi/stacks/slipway/%s</Key><LastModified>2026-11-26T20:00:00.000Z</LastModified></Contents>
<Contents><Key>.pulumi/stacks/slipway/%[2]s.bak</Key><LastModified>2026-11-26T20:00:00.000Z</LastModified></Contents></ListBucketResult>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.URL.Path != "/bucket" || query.Get("list-type") != "2" || query.Get("prefix") != ".pulumi/stacks/slipway/" {
			t.Errorf("asked for %s", r.URL)
		}
		if query.Get("continuation-token") == "" {
			fmt.Fprintf(w, page, true, "review-7.json")
		} else {
			fmt.Fprintf(w, page, false, "staging.json")
		}
	}))
	defer server.Close()
	b, err := Open("s3://bucket?region=eu-west-1&s3ForcePathStyle=true", "slipway", "", aws.Config{
		BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Stacks(t.Context())
	at := time.Date(2026, 11, 26, 20, 0, 0, 0, time.UTC)
	if want := []Stack{{"review-7", at}, {"staging", at}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
