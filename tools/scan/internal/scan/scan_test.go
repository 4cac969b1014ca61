package scan_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/scan/internal/checkov"
	"gitlab.com/slipway/slipway/tools/scan/internal/engine"
	"gitlab.com/slipway/slipway/tools/scan/internal/report"
	"gitlab.com/slipway/slipway/tools/scan/internal/scan"
)

// binary is the checkov that `make scan` uses, or the one that CHECKOV names.
func binary(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("CHECKOV"); named != "" {
		return named
	}
	path, err := filepath.Abs("../../../../.slipway/venvs/scan/bin/checkov")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckovTellsSoundFromBroken(t *testing.T) {
	p, err := scan.Plan("test", map[string]string{"aws:region": "us-east-1"}, program)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scan.Check(t.Context(), binary(t), "test", p)
	if err != nil {
		t.Fatal(err)
	}
	has := func(findings []checkov.Finding, check, address string) bool {
		return slices.ContainsFunc(findings, func(f checkov.Finding) bool { return f.Check == check && f.Address == address })
	}
	for _, v := range verdicts {
		if address := v.resource + ".sound"; !has(got.Result.Passed, v.check, address) || has(got.Result.Failed, v.check, address) {
			t.Errorf("%s of %s did not pass", v.check, address)
		}
		if address := v.resource + ".broken"; !has(got.Result.Failed, v.check, address) || has(got.Result.Passed, v.check, address) {
			t.Errorf("%s of %s did not fail", v.check, address)
		}
	}
	if err := report.Judge([]scan.Stack{got}, nil).Err(); err == nil {
		t.Error("the scan of a broken program passes")
	}
}

func TestEveryResourceIsInThePlan(t *testing.T) {
	e, err := engine.Start()
	if err != nil {
		t.Fatal(err)
	}
	recording, err := mocktest.Record("test", nil, program, e.Take)
	if err := errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	p, err := scan.Plan("test", nil, program)
	if err != nil {
		t.Fatal(err)
	}
	registered := 0
	for _, r := range recording.All() {
		if !strings.HasPrefix(r.Type, "aws:") {
			continue
		}
		registered++
		typ, known := mapping.TerraformType(r.Type)
		if found := p.Find(typ + "." + r.Name); !known || found == nil || found.Pulumi != r.Key() {
			t.Errorf("%s is not in the plan", r.Key())
		}
	}
	if len(p.Resources) != registered || registered < 40 {
		t.Errorf("%d resources are in the plan, %d are registered", len(p.Resources), registered)
	}
}

// fake stands for checkov with a report of its own.
func fake(t *testing.T, report string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "checkov")
	if err := os.WriteFile(file, []byte("#!/bin/sh\ncat <<'EOF'\n"+report+"\nEOF\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func buckets(ctx *pulumi.Context) error {
	for _, name := range []string{"a", "b"} {
		if _, err := s3.NewBucketV2(ctx, name, nil); err != nil {
			return err
		}
	}
	return nil
}

func TestPlanHasToBeReadInFull(t *testing.T) {
	p, err := scan.Plan("test", nil, buckets)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"stack test: checkov read 1 of 2 resources": `{"check_type": "terraform_plan", "summary": {"resource_count": 1}}`,
		"stack test: CKV_AWS_1 is about aws_s3_bucket.c, which is not in the plan": `{"check_type": "terraform_plan", "summary": {"resource_count": 2},
			"results": {"passed_checks": [{"check_id": "CKV_AWS_1", "resource": "aws_s3_bucket.c"}]}}`,
		"check stack test: checkov found no plan to check": `{}`,
	} {
		if _, err := scan.Check(t.Context(), fake(t, text), "test", p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// project is a directory with the files of two stacks.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, stack := range []string{"two", "one"} {
		content := "config:\n  aws:region: eu-west-1\n  slipway:name: " + stack + "\n"
		if err := os.WriteFile(filepath.Join(dir, "Pulumi."+stack+".yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTooFewChecksAreAnError(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, plans := project(t), t.TempDir()
	_, err := scan.Program(t.Context(), scan.Options{
		Run: buckets, Root: dir, Plans: plans,
		Checkov: fake(t, `{"check_type": "terraform_plan", "summary": {"resource_count": 2},
			"results": {"passed_checks": [{"check_id": "CKV_AWS_1", "resource": "aws_s3_bucket.a"}]}}`),
	})
	for _, stack := range []string{"one", "two"} {
		want := "stack " + stack + ": only 1 kinds of checks of 1 types were made"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
		text, err := os.ReadFile(filepath.Join(plans, stack+".json"))
		if err != nil || !strings.Contains(string(text), `"constant_value": "eu-west-1"`) {
			t.Errorf("the plan that was asked for: %v\n%s", err, text)
		}
	}
}

func TestProgramsErrorsNameTheStack(t *testing.T) {
	t.Chdir(t.TempDir())
	options := scan.Options{Root: project(t), Run: func(ctx *pulumi.Context) error {
		if ctx.Stack() == "two" {
			return os.ErrPermission
		}
		return context.Canceled
	}}
	_, err := scan.Program(t.Context(), options)
	for _, want := range []string{"run the program for stack one: 1 error occurred:\n\t* context canceled", "run the program for stack two: 1 error occurred:\n\t* permission denied"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestDirectoryNeedsStacks(t *testing.T) {
	t.Chdir(t.TempDir())
	for want, dir := range map[string]string{"no Pulumi.<stack>.yaml in": t.TempDir(), "go to the program": "/nowhere"} {
		if _, err := scan.Program(t.Context(), scan.Options{Root: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.x.yaml"), []byte("config: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := scan.Program(t.Context(), scan.Options{Root: dir}); err == nil || !strings.Contains(err.Error(), "read the configuration of stack x") {
		t.Errorf("got %v", err)
	}
}
