package backend

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
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

// However a stack is written, it is one state, and so one lease.
func TestAStackHasOneNameHoweverItIsWritten(t *testing.T) {
	for _, stack := range []string{"staging", "organization/staging", "organization/shop/staging"} {
		b, err := Open("s3://bucket?region=eu-west-1", "shop", stack, aws.Config{})
		if err != nil || b.Name() != "shop/staging" || b.StateKey() != ".pulumi/stacks/shop/staging.json" {
			t.Errorf("%s: got %v, %v", stack, b, err)
		}
	}
	for _, stack := range []string{"acme/staging", "acme/shop/staging", "a/b/c/d"} {
		if _, err := Open("s3://bucket", "shop", stack, aws.Config{}); err == nil || !strings.Contains(err.Error(), "no stack's name") {
			t.Errorf("%s: got %v", stack, err)
		}
	}
}

// The URL's region counts, then the environment's, then where S3 says the bucket is.
func TestTheBucketsRegionIsFound(t *testing.T) {
	s3 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.Path != "/bucket" && !strings.HasPrefix(r.Host, "bucket.") {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
		w.WriteHeader(http.StatusForbidden)
	}))
	defer s3.Close()
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	for _, test := range []struct{ address, environment, want string }{
		{"s3://bucket?region=ap-south-1", "us-west-2", "ap-south-1"},
		{"s3://bucket", "us-west-2", "us-west-2"},
	} {
		t.Setenv("AWS_REGION", test.environment)
		if got, err := Load(t.Context(), test.address); err != nil || got.Region != test.want {
			t.Errorf("%s: got %q, %v, want %s", test.address, got.Region, err, test.want)
		}
	}
	region, err := locate(t.Context(), "bucket", aws.Config{BaseEndpoint: &s3.URL, Credentials: aws.AnonymousCredentials{}, RetryMaxAttempts: 1})
	if err != nil || region != "eu-west-1" {
		t.Errorf("got %q, %v", region, err)
	}
}
