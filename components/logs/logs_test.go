package logs_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func program(args logs.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := logs.NewGroup(ctx, "app", args)
		return err
	}
}

func TestGroupIsNeverKeptForEver(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(logs.Args{})).Get(t, "cloudwatch.LogGroup app").Inputs
	if days := got["retentionInDays"].NumberValue(); days != 30 {
		t.Errorf("kept for %v days", days)
	}
	if _, named := got["name"]; named {
		t.Errorf("named %v", got["name"])
	}
	if _, encrypted := got["kmsKeyId"]; encrypted {
		t.Errorf("key %v", got["kmsKeyId"])
	}
}

func TestGroupTakesNameRetentionAndKey(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(logs.Args{
		Name: pulumi.String("/test/app"), RetentionDays: 365, KeyARN: pulumi.String("arn:key"),
	})).Get(t, "cloudwatch.LogGroup app").Inputs
	if name, days, key := got["name"].StringValue(), got["retentionInDays"].NumberValue(), got["kmsKeyId"].StringValue(); name != "/test/app" || days != 365 || key != "arn:key" {
		t.Errorf("got %s, %v days, key %s", name, days, key)
	}
}

func TestRetentionMustBeOneOfCloudWatchs(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(logs.Args{RetentionDays: 31}))
	if err == nil || !strings.Contains(err.Error(), "logs.RetentionDays: 31 days must be one of [1 3 5 7 14 30") {
		t.Errorf("got error %v", err)
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

func TestWriteNamesOneGroup(t *testing.T) {
	var document string
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		group, err := logs.NewGroup(ctx, "app", logs.Args{})
		if err != nil {
			return err
		}
		policy.Document(logs.Write(group)).ApplyT(func(text string) string {
			document = text
			return text
		})
		return nil
	})
	mocktest.SameJSON(t, document, `{"Version":"2012-10-17","Statement":[{"Sid":"WriteLogs","Effect":"Allow",
		"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:111122223333:app:*"]}]}`)
}
