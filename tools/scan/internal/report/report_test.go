package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/tools/scan/internal/checkov"
	"gitlab.com/slipway/slipway/tools/scan/internal/report"
	"gitlab.com/slipway/slipway/tools/scan/internal/scan"
	"gitlab.com/slipway/slipway/tools/scan/internal/skips"
)

// stack has two buckets, of which one fails two checks and the other one.
func stack(t *testing.T, name string) scan.Stack {
	t.Helper()
	p, err := scan.Plan(name, nil, func(ctx *pulumi.Context) error {
		parent := &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("slipway:storage:Storage", name, parent); err != nil {
			return err
		}
		for _, role := range []string{"-logs", "-media"} {
			if _, err := s3.NewBucketV2(ctx, name+role, nil, pulumi.Parent(parent)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	logs, media := "aws_s3_bucket."+name+"-logs", "aws_s3_bucket."+name+"-media"
	// Only the first has one copy.
	config := map[string]string{"aws:region": "eu-west-1", "shop:copies": map[bool]string{true: "single", false: "double"}[name == "one"]}
	return scan.Stack{Name: name, Config: config, Plan: p, Result: &checkov.Result{
		Resources: 2,
		Passed:    []checkov.Finding{{Check: "CKV_AWS_21", Address: logs}, {Check: "CKV_AWS_21", Address: media}, {Check: "CKV_AWS_41", Address: "aws.default"}},
		Failed: []checkov.Finding{
			{Check: "CKV_AWS_18", Name: "Log access", Address: media, Keys: []string{"logging", "policy"}},
			{Check: "CKV_AWS_18", Name: "Log access", Address: logs},
			{Check: "CKV_AWS_144", Name: "Replicate", Address: media},
		},
	}}
}

var (
	logging     = skips.Skip{Check: "CKV_AWS_18", Resource: "aws_s3_bucket.*-logs", Reason: "It would log into itself."}
	mediaAccess = skips.Skip{Check: "CKV_AWS_18", Resource: "aws_s3_bucket.*-media", Reason: "The app logs it."}
	replication = skips.Skip{Check: "CKV_AWS_144", Resource: "aws_s3_bucket.one-media", Reason: "One\nregion is enough."}
	replicated  = skips.Skip{Check: "CKV_AWS_144", Resource: "aws_s3_bucket.*-media"}
	needless    = skips.Skip{Check: "CKV_AWS_21", Resource: "aws_s3_bucket.*-media", Reason: "It passes."}
)

// when is replicated for the stacks with so many copies.
func when(copies string) skips.Skip {
	skip := replicated
	skip.When = map[string]string{"copies": copies}
	return skip
}

func TestVerdict(t *testing.T) {
	stacks := []scan.Stack{stack(t, "one"), stack(t, "two")}
	for name, test := range map[string]struct {
		skips  []skips.Skip
		failed int
		unused []skips.Skip
		err    string
	}{
		"nothing is skipped":       {nil, 6, nil, "6 checks failed"},
		"some are":                 {[]skips.Skip{logging, replication}, 3, nil, "3 checks failed"},
		"all are":                  {[]skips.Skip{logging, mediaAccess, replicated}, 0, nil, ""},
		"one is not needed":        {[]skips.Skip{logging, mediaAccess, replicated, needless}, 0, []skips.Skip{needless}, "1 skips are not needed"},
		"one is covered twice":     {[]skips.Skip{replicated, logging, mediaAccess, replication}, 0, []skips.Skip{replication}, "1 skips are not needed"},
		"one follows from a value": {[]skips.Skip{logging, mediaAccess, when("single")}, 1, nil, "1 checks failed"},
		"no stack has the value":   {[]skips.Skip{logging, mediaAccess, replicated, when("triple")}, 0, nil, ""},
		"fails and is not needed":  {[]skips.Skip{logging, needless}, 4, []skips.Skip{needless}, "4 checks failed and 1 skips are not needed"},
	} {
		t.Run(name, func(t *testing.T) {
			v := report.Judge(stacks, test.skips)
			if got := v.Failed(); got != test.failed {
				t.Errorf("failed: got %d, want %d", got, test.failed)
			}
			unused := v.Unused()
			if len(unused) != len(test.unused) || len(unused) > 0 && unused[0].String() != test.unused[0].String() {
				t.Errorf("unused: got %v", unused)
			}
			if err := v.Err(); (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("got %v, want %s", err, test.err)
			}
		})
	}
}

func TestReport(t *testing.T) {
	v := report.Judge([]scan.Stack{stack(t, "one"), stack(t, "two")}, []skips.Skip{logging, replication, needless})
	var out strings.Builder
	if err := v.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `
Type           resources  passed  skipped  failed
aws            0          2       0        0
aws_s3_bucket  4          4       3        3

Skipped
  CKV_AWS_18   aws_s3_bucket.*-logs     one, two  It would log into itself.
  CKV_AWS_144  aws_s3_bucket.one-media  one       One region is enough.

Failed: CKV_AWS_144 Replicate
  aws_s3_bucket.two-media  s3.BucketV2 two-media in storage.Storage two

Failed: CKV_AWS_18 Log access
  aws_s3_bucket.one-media  s3.BucketV2 one-media in storage.Storage one  look at logging, policy
  aws_s3_bucket.two-media  s3.BucketV2 two-media in storage.Storage two  look at logging, policy

Correct the component, or add the check and the resource to tools/scan/skips.yaml with the reason.

Not needed: delete these entries from tools/scan/skips.yaml
  CKV_AWS_21 aws_s3_bucket.*-media

one: 3 checks passed, 2 skipped with a reason, 1 failed (4 kinds of checks, 2 resources)
two: 3 checks passed, 1 skipped with a reason, 2 failed (4 kinds of checks, 2 resources)
`
	var got strings.Builder
	for line := range strings.Lines(out.String()) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if got.String() != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", &got, want[1:])
	}
}

func TestErrorsOfTheOutputAreReported(t *testing.T) {
	v := report.Judge([]scan.Stack{stack(t, "one")}, nil)
	for after := range 4 {
		if err := v.Write(&broken{after}); !errors.Is(err, errBroken) {
			t.Errorf("after %d writes: got %v", after, err)
		}
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{ after int }

func (b *broken) Write(text []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, errBroken
	}
	return len(text), nil
}
