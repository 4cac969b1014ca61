package policy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestRoleWaitsAreItsPolicies(t *testing.T) {
	for name, test := range map[string]struct {
		statements []policy.Statement
		want       []string
	}{
		"without rights": {nil, []string{"iam.Role worker"}},
		"with rights": {
			[]policy.Statement{{Sid: "Read", Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:s3:::b/*")}}},
			[]string{"iam.Role worker", "iam.RolePolicy worker"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			waits := 0
			got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
				_, before, err := policy.NewRole(ctx, "worker", policy.Trust{Service: "ecs-tasks.amazonaws.com"}, test.statements)
				waits = len(before)
				return err
			})
			mocktest.Equal(t, "resources", got.Keys(), test.want)
			if waits != 1 {
				t.Errorf("got %d resources to wait for", waits)
			}
			mocktest.SameJSON(t, got.Get(t, "iam.Role worker").Inputs["assumeRolePolicy"].StringValue(),
				`{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRole","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ecs-tasks.amazonaws.com"]}}]}`)
			if len(test.statements) > 0 {
				attached := got.Get(t, "iam.RolePolicy worker").Inputs
				if role := attached["role"].StringValue(); role != "worker" {
					t.Errorf("attached to %s", role)
				}
				mocktest.SameJSON(t, attached["policy"].StringValue(),
					`{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*"]}]}`)
			}
		})
	}
}

func TestAccountARNs(t *testing.T) {
	var account *policy.Account
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) (err error) {
		account, err = policy.LookupAccount(ctx)
		return err
	})
	if got := account.ARN("logs", "log-group:x"); got != "arn:aws:logs:us-east-1:111122223333:log-group:x" {
		t.Errorf("got %s", got)
	}
	if got := account.GlobalARN("iam", "root"); got != "arn:aws:iam::111122223333:root" {
		t.Errorf("got %s", got)
	}
}
