package policy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func render(t *testing.T, document func() pulumi.StringOutput) string {
	t.Helper()
	text := make(chan string, 1)
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		ctx.Export("policy", document().ApplyT(func(s string) string {
			text <- s
			return s
		}))
		return nil
	})
	return <-text
}

func TestDocument(t *testing.T) {
	got := render(t, func() pulumi.StringOutput {
		return policy.Document(
			policy.Statement{
				Sid:       "Read",
				Actions:   []string{"s3:GetObject"},
				Resources: []pulumi.StringInput{pulumi.Sprintf("%s/*", pulumi.String("arn:bucket"))},
				Conditions: map[string]map[string]pulumi.StringInput{
					"StringEquals": {"aws:RequestedRegion": pulumi.String("us-east-1")},
				},
			},
			policy.Statement{Sid: "Never", Deny: true, Actions: []string{"*"}, AWS: []pulumi.StringInput{pulumi.String("*")}},
		)
	})
	want := `{"Statement":[` +
		`{"Action":["s3:GetObject"],"Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}},"Effect":"Allow","Resource":["arn:bucket/*"],"Sid":"Read"},` +
		`{"Action":["*"],"Effect":"Deny","Principal":{"AWS":["*"]},"Sid":"Never"}` +
		`],"Version":"2012-10-17"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAssumeRole(t *testing.T) {
	account := &policy.Account{Partition: "aws", Region: "us-east-1", ID: "111122223333"}
	for name, test := range map[string]struct {
		trust policy.Trust
		want  string
	}{
		"a service that does not say for whom": {
			policy.Trust{Service: "ec2.amazonaws.com"},
			`{"Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Sid":"AssumeRole"}],"Version":"2012-10-17"}`,
		},
		"a service that does": {
			policy.Trust{Service: "ecs-tasks.amazonaws.com", Account: account, Source: account.ARN("ecs", "*")},
			`{"Statement":[{"Action":["sts:AssumeRole"],"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:111122223333:*"},` +
				`"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com"]},"Sid":"AssumeRole"}],"Version":"2012-10-17"}`,
		},
	} {
		got := render(t, func() pulumi.StringOutput { return policy.AssumeRole(test.trust) })
		if got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
}
