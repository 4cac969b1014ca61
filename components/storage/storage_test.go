package storage_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/storage"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// The statements of bucket policies, as they stand in the document.
const (
	denyWithoutTLS = `{"Sid":"DenyWithoutTLS","Effect":"Deny","Action":["s3:*"],"Principal":{"AWS":["*"]},` +
		`"Resource":["arn:aws:s3:::media","arn:aws:s3:::media/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	loadBalancerLogs = `{"Sid":"LoadBalancerLogs","Effect":"Allow","Action":["s3:PutObject"],` +
		`"Principal":{"Service":["logdelivery.elasticloadbalancing.amazonaws.com"]},` +
		`"Resource":["arn:aws:s3:::media/AWSLogs/111122223333/*"]}`
	accessLogs = `{"Sid":"AccessLogs","Effect":"Allow","Action":["s3:PutObject"],` +
		`"Principal":{"Service":["logging.s3.amazonaws.com"]},"Resource":["arn:aws:s3:::media/s3/*"],` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`
	cloudFront = `{"Sid":"CloudFront","Effect":"Allow","Action":["s3:GetObject"],` +
		`"Principal":{"Service":["cloudfront.amazonaws.com"]},"Resource":["arn:aws:s3:::media/media/*"],` +
		`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::111122223333:distribution/*"}}}`
)

func program(args *storage.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := storage.New(ctx, "media", args)
		return err
	}
}

// withLogs builds a bucket beside the one that takes its access logs.
func withLogs(args *storage.Args, logs *storage.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) (err error) {
		if args.AccessLogs, err = storage.New(ctx, "logs", logs); err != nil {
			return err
		}
		_, err = storage.New(ctx, "media", args)
		return err
	}
}

var children = []string{
	"s3.BucketLifecycleConfigurationV2 media-lifecycle",
	"s3.BucketOwnershipControls media-ownership",
	"s3.BucketPolicy media-tls",
	"s3.BucketPublicAccessBlock media-private",
	"s3.BucketServerSideEncryptionConfigurationV2 media-encryption",
	"s3.BucketV2 media",
	"s3.BucketVersioningV2 media-versions",
	"storage.Storage media",
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(nil))
	mocktest.Equal(t, "resources", got.Keys(), children)
	mocktest.Equal(t, "protected", got.Protected(), nil)
	got.CheckParents(t, "storage.Storage media")
}

func TestOptionsRegisterExactlyTheirChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, withLogs(
		&storage.Args{CORSOrigins: []string{"https://www.example.com"}},
		&storage.Args{Receives: storage.Deliveries},
	))
	want := append(slices.Clone(children), "s3.BucketCorsConfigurationV2 media-cors", "s3.BucketLoggingV2 media-logging")
	for _, key := range children {
		want = append(want, strings.Replace(key, " media", " logs", 1))
	}
	slices.Sort(want)
	mocktest.Equal(t, "resources", got.Keys(), want)
	got.CheckParents(t, "storage.Storage media", "storage.Storage logs")
}

func TestZeroValueIsPrivate(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&storage.Args{}))
	if got.Get(t, "s3.BucketV2 media").Inputs["forceDestroy"].BoolValue() {
		t.Error("forceDestroy is on")
	}
	block := got.Get(t, "s3.BucketPublicAccessBlock media-private").Inputs
	for _, switched := range []resource.PropertyKey{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		if !block[switched].BoolValue() {
			t.Errorf("%s is off", switched)
		}
	}
	owner := got.Get(t, "s3.BucketOwnershipControls media-ownership").Inputs["rule"].ObjectValue()["objectOwnership"].StringValue()
	if owner != "BucketOwnerEnforced" {
		t.Errorf("ownership: got %s", owner)
	}
	status := got.Get(t, "s3.BucketVersioningV2 media-versions").Inputs["versioningConfiguration"].ObjectValue()["status"].StringValue()
	if status != "Enabled" {
		t.Errorf("versioning: got %s", status)
	}
}

func TestDisposableBucketGoesWithItsObjects(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&storage.Args{Disposable: true}))
	if !got.Get(t, "s3.BucketV2 media").Inputs["forceDestroy"].BoolValue() {
		t.Error("forceDestroy is off")
	}
}

func TestEncryption(t *testing.T) {
	for name, test := range map[string]struct {
		args *storage.Args
		want map[string]any
	}{
		"S3's own": {nil, map[string]any{"sseAlgorithm": "AES256"}},
		"with a key": {
			&storage.Args{KeyARN: pulumi.String("arn:key")},
			map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key", "bucketKeyEnabled": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := mocktest.MustRun(t, "test", nil, program(test.args)).Get(t, "s3.BucketServerSideEncryptionConfigurationV2 media-encryption").Inputs
			rule := inputs["rules"].ArrayValue()[0].ObjectValue()
			got := rule["applyServerSideEncryptionByDefault"].ObjectValue().Mappable()
			if enabled, set := rule["bucketKeyEnabled"]; set {
				got["bucketKeyEnabled"] = enabled.BoolValue()
			}
			same(t, got, test.want)
		})
	}
}

func TestLifecycle(t *testing.T) {
	for name, test := range map[string]struct {
		args *storage.Args
		want map[string]any
	}{
		"default": {nil, map[string]any{"noncurrentDays": 30.0, "expiredObjectDeleteMarker": true}},
		"logs": {
			&storage.Args{OldVersionDays: 1, ExpireDays: 90},
			map[string]any{"noncurrentDays": 1.0, "days": 90.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lifecycle := mocktest.MustRun(t, "test", nil, program(test.args)).Get(t, "s3.BucketLifecycleConfigurationV2 media-lifecycle")
			mocktest.Equal(t, "waits for", lifecycle.DependsOn, []string{"s3.BucketV2 media", "s3.BucketVersioningV2 media-versions"})
			rule := lifecycle.Inputs["rules"].ArrayValue()[0].ObjectValue()
			if days := rule["abortIncompleteMultipartUpload"].ObjectValue()["daysAfterInitiation"].NumberValue(); days != 1 {
				t.Errorf("incomplete uploads are kept for %v days", days)
			}
			got := rule["expiration"].ObjectValue().Mappable()
			got["noncurrentDays"] = rule["noncurrentVersionExpiration"].ObjectValue()["noncurrentDays"].NumberValue()
			same(t, got, test.want)
		})
	}
}

// A bucket has one policy: whatever may use it stands there.
func TestPolicyNamesWhoMayUseTheBucket(t *testing.T) {
	for name, test := range map[string]struct {
		args *storage.Args
		want []string
	}{
		"nobody":        {nil, []string{denyWithoutTLS}},
		"load balancer": {&storage.Args{Receives: []storage.Delivery{storage.LoadBalancerLogs}}, []string{denyWithoutTLS, loadBalancerLogs}},
		"all logs":      {&storage.Args{Receives: storage.Deliveries}, []string{denyWithoutTLS, loadBalancerLogs, accessLogs}},
		"CloudFront":    {&storage.Args{CloudFrontPrefix: "media/"}, []string{denyWithoutTLS, cloudFront}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mocktest.MustRun(t, "test", nil, program(test.args)).Get(t, "s3.BucketPolicy media-tls").Inputs["policy"].StringValue()
			mocktest.SameJSON(t, got, `{"Version":"2012-10-17","Statement":[`+strings.Join(test.want, ",")+`]}`)
		})
	}
}

func TestPagesOfTheOriginsMayUpload(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&storage.Args{CORSOrigins: []string{"https://www.example.com", "http://dev.example.com:3000"}}))
	same(t, got.Get(t, "s3.BucketCorsConfigurationV2 media-cors").Inputs["corsRules"].ArrayValue()[0].ObjectValue().Mappable(), map[string]any{
		"allowedOrigins": []any{"https://www.example.com", "http://dev.example.com:3000"},
		"allowedMethods": []any{"GET", "HEAD", "POST", "PUT"},
		"allowedHeaders": []any{"content-md5", "content-type", "x-amz-*"},
		"exposeHeaders":  []any{"ETag"},
		"maxAgeSeconds":  7200.0,
	})
}

func TestAccessLogsGoBelowTheNameOfTheBucket(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, withLogs(&storage.Args{}, &storage.Args{Receives: storage.Deliveries}))
	logging := got.Get(t, "s3.BucketLoggingV2 media-logging")
	same(t, logging.Inputs.Mappable(), map[string]any{"bucket": "media", "targetBucket": "logs", "targetPrefix": "s3/media/"})
	if !slices.Contains(logging.DependsOn, "s3.BucketPolicy logs-tls") {
		t.Errorf("does not wait for the right to deliver; waits for %v", logging.DependsOn)
	}
}

// Whoever uses the name waits until the bucket is private.
func TestBucketIsKnownOnceItIsSet(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := storage.New(ctx, "media", nil)
		if err != nil {
			return err
		}
		_, err = storage.New(ctx, "other", &storage.Args{KeyARN: s.Bucket})
		return err
	}).Get(t, "s3.BucketServerSideEncryptionConfigurationV2 other-encryption")
	for _, want := range []string{
		"s3.BucketPublicAccessBlock media-private", "s3.BucketOwnershipControls media-ownership",
		"s3.BucketServerSideEncryptionConfigurationV2 media-encryption", "s3.BucketPolicy media-tls",
	} {
		if !slices.Contains(got.DependsOn, want) {
			t.Errorf("does not wait for %s; waits for %v", want, got.DependsOn)
		}
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
	mocktest.SameJSON(t, <-document, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"MediaObjects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::media/media/*"]},`+
		`{"Sid":"MediaList","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::media"],"Condition":{"StringLike":{"s3:prefix":"media/*"}}}`+
		`]}`)
}

func TestOutputs(t *testing.T) {
	outputs := map[string]string{}
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := storage.New(ctx, "media", nil)
		if err != nil {
			return err
		}
		ctx.Export("outputs", pulumi.All(s.Bucket, s.ARN, s.DomainName).ApplyT(func(values []any) string {
			for i, name := range []string{"Bucket", "ARN", "DomainName"} {
				outputs[name] = values[i].(string)
			}
			return ""
		}))
		return nil
	})
	for name, want := range map[string]string{
		"Bucket": "media", "ARN": "arn:aws:s3:::media", "DomainName": "media.s3.us-east-1.amazonaws.com",
	} {
		if outputs[name] != want {
			t.Errorf("%s: got %q, want %q", name, outputs[name], want)
		}
	}
}

func TestOrigins(t *testing.T) {
	for _, good := range []string{"https://example.com", "https://a.b.example.com:8443", "http://dev.example.com:3000"} {
		if err := storage.ValidOrigin(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{
		"", "*", "https://", "example.com", "https://example.com/", "https://example.com/path", "https://*.example.com", "ftp://example.com",
		"https://Example.com", "https://example.com:443", "http://example.com:80", "https://user@example.com", "https://example.com?q", "https://example.com:x",
	} {
		if storage.ValidOrigin(bad) == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	var log *storage.Storage
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) (err error) {
		log, err = storage.New(ctx, "logs", nil)
		return err
	})
	got := (&storage.Args{
		KeyARN: pulumi.String("arn:key"), OldVersionDays: -1, ExpireDays: -2, CORSOrigins: []string{"https://example.com", "*"},
		Receives: []storage.Delivery{storage.AccessLogs, "tape", storage.AccessLogs}, AccessLogs: log, CloudFrontPrefix: "/media",
	}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"storage.KeyARN: not with Receives: logs are delivered under S3's own keys only",
		"storage.OldVersionDays: -1 must be 1 or more (0 means 30)",
		"storage.ExpireDays: -2 must be 1 or more (0 means never)",
		`storage.CORSOrigins[1]: "*" is not an origin such as https://www.example.com`,
		`storage.Receives[1]: "tape" must be one of [load-balancer s3]`,
		`storage.Receives[2]: "s3" is given twice`,
		"storage.AccessLogs: the bucket receives access logs itself: its own would never end",
		"storage.AccessLogs: logs does not receive them: add storage.AccessLogs to its Receives",
		`storage.CloudFrontPrefix: "/media" is not a prefix such as media/`,
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(&storage.Args{OldVersionDays: -1}))
	if err == nil {
		t.Error("no error")
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

func TestFailuresSayWhatFailed(t *testing.T) {
	for refused, want := range map[string]string{
		"slipway:storage:Storage":                                                                    "register storage media",
		"aws:s3/bucketV2:BucketV2":                                                                   "create bucket",
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "block public access",
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "enforce bucket ownership",
		"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               "version bucket",
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "expire old versions",
		"aws:s3/bucketPolicy:BucketPolicy":                                                           "attach bucket policy",
		"aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2":                                 "admit origins",
		"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     "record access",
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "encrypt bucket",
	} {
		_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
			logs, err := storage.New(ctx, "logs", &storage.Args{Receives: storage.Deliveries})
			if err != nil {
				return err
			}
			_, err = storage.New(ctx, "media", &storage.Args{CORSOrigins: []string{"https://example.com"}, AccessLogs: logs}, refuse(refused))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), want+": ") {
			t.Errorf("%s: got %v, want %q", refused, err, want)
		}
	}
}

// refuse makes the registration of resources of one type fail.
func refuse(token string) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if args.Type != token {
				return nil
			}
			// Transformations must not change a resource's parent.
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: []pulumi.ResourceOption{pulumi.Parent(&pulumi.ResourceState{})}}
		},
	})
}

func same(t *testing.T, got, want map[string]any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestABucketCanHaveAKnownName(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := storage.New(ctx, "state", &storage.Args{BucketName: "example-state"})
		return err
	})
	if name := got.Get(t, "s3.BucketV2 state").Inputs["bucket"]; !name.IsString() || name.StringValue() != "example-state" {
		t.Errorf("got %v", name)
	}
	if err := (&storage.Args{BucketName: "Example.State"}).Validate(); err == nil || !strings.Contains(err.Error(), "storage.BucketName") {
		t.Errorf("got %v", err)
	}
}
