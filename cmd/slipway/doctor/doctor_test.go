package doctor_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"gitlab.com/slipway/slipway/cmd/slipway/doctor"
)

// account has everything; tests take something away.
type account struct {
	credentials, bucket, key error
	versioning               s3types.BucketVersioningStatus
	disabled                 bool
	zone                     string
	asked                    []string
}

func (a *account) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String("111122223333"), Arn: aws.String("arn:me")}, a.credentials
}

func (a *account) GetBucketVersioning(_ context.Context, in *s3.GetBucketVersioningInput, _ ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error) {
	a.asked = append(a.asked, *in.Bucket)
	return &s3.GetBucketVersioningOutput{Status: a.versioning}, a.bucket
}

func (a *account) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	a.asked = append(a.asked, *in.KeyId)
	return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{Enabled: !a.disabled, KeyState: kmstypes.KeyStatePendingDeletion}}, a.key
}

func (a *account) ListHostedZonesByName(context.Context, *route53.ListHostedZonesByNameInput, ...func(*route53.Options)) (*route53.ListHostedZonesByNameOutput, error) {
	return &route53.ListHostedZonesByNameOutput{HostedZones: []route53types.HostedZone{{Name: &a.zone}}}, nil
}

func TestExamine(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*account, *doctor.Wanted)
		// found is in the line of the check that fails; empty when none does.
		found string
	}{
		"everything is there":     {func(*account, *doctor.Wanted) {}, ""},
		"no domain is wanted":     {func(a *account, w *doctor.Wanted) { w.HostedZone, a.zone = "", "other.org." }, ""},
		"a key by its ARN":        {func(_ *account, w *doctor.Wanted) { w.SecretsProvider = "awskms:///arn:aws:kms:r:1:key/k" }, ""},
		"no credentials":          {func(a *account, _ *doctor.Wanted) { a.credentials = errors.New("expired") }, "does not accept them: expired"},
		"no backend":              {func(_ *account, w *doctor.Wanted) { w.Backend = "" }, `PULUMI_BACKEND_URL is ""`},
		"a backend on the disk":   {func(_ *account, w *doctor.Wanted) { w.Backend = "file://~" }, `PULUMI_BACKEND_URL is "file://~"`},
		"no bucket":               {func(a *account, _ *doctor.Wanted) { a.bucket = errors.New("404") }, "state can't be read: 404"},
		"no versions":             {func(a *account, _ *doctor.Wanted) { a.versioning = "" }, "keeps no versions"},
		"a passphrase":            {func(_ *account, w *doctor.Wanted) { w.SecretsProvider = "passphrase" }, `PULUMI_SECRETS_PROVIDER is "passphrase"`},
		"no key":                  {func(a *account, _ *doctor.Wanted) { a.key = errors.New("denied") }, "alias/pulumi can't be read: denied"},
		"a key that is going":     {func(a *account, _ *doctor.Wanted) { a.disabled = true }, "alias/pulumi is PendingDeletion"},
		"another zone comes next": {func(a *account, _ *doctor.Wanted) { a.zone = "example.org." }, "none named example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &account{versioning: s3types.BucketVersioningStatusEnabled, zone: "example.com."}
			wanted := doctor.Wanted{Backend: "s3://state?region=eu-west-1", SecretsProvider: "awskms://alias/pulumi?region=eu-west-1", HostedZone: "example.com"}
			test.change(a, &wanted)
			var out bytes.Buffer
			missing, err := doctor.Write(&out, doctor.Examine(t.Context(), doctor.AWS{STS: a, S3: a, KMS: a, Route53: a}, wanted))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for line := range strings.Lines(out.String()) {
				if strings.HasPrefix(line, "  MISSING") {
					lines = append(lines, line)
				}
			}
			switch {
			case len(lines) != missing:
				t.Errorf("%d are counted, %d are told", missing, len(lines))
			case test.found == "" && missing != 0, test.found != "" && (missing != 1 || !strings.Contains(lines[0], test.found)):
				t.Errorf("got %q, want %q", lines, test.found)
			}
			if missing > 0 && strings.Count(out.String(), "-> ") != missing {
				t.Errorf("something missing has no remedy:\n%s", out.String())
			}
			if a.credentials != nil && len(a.asked) > 0 {
				t.Error("AWS was asked on without credentials")
			}
		})
	}
}
