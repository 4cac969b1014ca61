package key_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func program(args *key.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := key.New(ctx, "env", args)
		return err
	}
}

func TestKeyRegistersExactly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(nil))
	mocktest.Equal(t, "resources", got.Keys(), []string{"key.Key env", "kms.Alias env", "kms.Key env"})
	mocktest.Equal(t, "protected", got.Protected(), []string{"kms.Key env"})
	got.CheckParents(t, "key.Key env")

	created := got.Get(t, "kms.Key env").Inputs
	if !created["enableKeyRotation"].BoolValue() {
		t.Error("the key does not rotate")
	}
	if days := created["deletionWindowInDays"].NumberValue(); days != 30 {
		t.Errorf("a deleted key can be brought back for %v days", days)
	}
}

func TestDisposableKeyCanBeDeleted(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&key.Args{Disposable: true}))
	mocktest.Equal(t, "protected", got.Protected(), nil)
	if days := got.Get(t, "kms.Key env").Inputs["deletionWindowInDays"].NumberValue(); days != 30 {
		t.Errorf("a deleted key can be brought back for %v days", days)
	}
}

func TestKeyOutlivesTheStackWhenAskedTo(t *testing.T) {
	for _, outlives := range []bool{false, true} {
		got := mocktest.MustRun(t, "test", nil, program(&key.Args{Disposable: true, Outlives: outlives}))
		if kept := got.Get(t, "kms.Key env").Retained; kept != outlives {
			t.Errorf("outlives %v: kept %v", outlives, kept)
		}
	}
}

// Without services the account's IAM decides alone, and every service that is
// admitted is bound to this account's resources.
func TestPolicyNamesTheServicesThatMayUseTheKey(t *testing.T) {
	const account = `{"Sid":"AccountPolicies","Effect":"Allow","Action":["kms:*"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Resource":["*"]}`
	const logs = `{"Sid":"CloudWatchLogs","Effect":"Allow","Action":["kms:Decrypt*","kms:Describe*","kms:Encrypt*","kms:GenerateDataKey*","kms:ReEncrypt*"],` +
		`"Principal":{"Service":["logs.us-east-1.amazonaws.com"]},"Resource":["*"],` +
		`"Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:log-group:*"}}}`
	const alerts = `{"Sid":"Alerts","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],` +
		`"Principal":{"Service":["cloudwatch.amazonaws.com","budgets.amazonaws.com"]},"Resource":["*"],` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}},` +
		`{"Sid":"Events","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],` +
		`"Principal":{"Service":["events.amazonaws.com"]},"Resource":["*"]}`
	const cloudFront = `{"Sid":"CloudFront","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],` +
		`"Principal":{"Service":["cloudfront.amazonaws.com"]},"Resource":["*"],` +
		`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::111122223333:distribution/*"}}}`
	for name, test := range map[string]struct {
		services []key.Service
		want     []string
	}{
		"none": {nil, []string{account}},
		"all":  {key.Services, []string{account, logs, alerts, cloudFront}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mocktest.MustRun(t, "test", nil, program(&key.Args{Services: test.services}))
			document := got.Get(t, "kms.Key env").Inputs["policy"].StringValue()
			mocktest.SameJSON(t, document, `{"Version":"2012-10-17","Statement":[`+strings.Join(test.want, ",")+`]}`)
		})
	}
}

func TestUnknownServiceIsRefused(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(&key.Args{Services: []key.Service{key.Logs, "s3"}}))
	if err == nil || !strings.Contains(err.Error(), `key.Services[1]: "s3" must be one of [logs alerts cloudfront]`) {
		t.Errorf("got error %v", err)
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

func TestStatementsNameOneKey(t *testing.T) {
	var documents []string
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		k, err := key.New(ctx, "env", nil)
		if err != nil {
			return err
		}
		for _, statement := range []policy.Statement{k.Encrypt(), k.Decrypt()} {
			policy.Document(statement).ApplyT(func(document string) string {
				documents = append(documents, document)
				return document
			})
		}
		return nil
	})
	slices.Sort(documents)
	const arn = `["arn:aws:kms:us-east-1:111122223333:env"]`
	want := []string{
		`{"Version":"2012-10-17","Statement":[{"Sid":"EncryptAndDecrypt","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":` + arn + `}]}`,
		`{"Version":"2012-10-17","Statement":[{"Sid":"Decrypt","Effect":"Allow","Action":["kms:Decrypt"],"Resource":` + arn + `}]}`,
	}
	if len(documents) != len(want) {
		t.Fatalf("got %d documents: %q", len(documents), documents)
	}
	for i := range want {
		mocktest.SameJSON(t, documents[i], want[i])
	}
}

func TestAKeyCanHaveAKnownAlias(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(&key.Args{Alias: "state"}))
	if name := got.Get(t, "kms.Alias env").Inputs["name"]; !name.IsString() || name.StringValue() != "alias/state" {
		t.Errorf("got %v", name)
	}
}

// A key is kept from the project's other roles by its own policy, from the beginning:
// its tags would count after minutes.
func TestAScopedKeyIsForItsOwnRoles(t *testing.T) {
	role := func(name string) pulumi.String {
		return pulumi.String("arn:aws:iam::111122223333:role/slipway/" + name)
	}
	got := mocktest.MustRun(t, "test", nil, program(&key.Args{Scope: &key.Scope{
		Project: role("*"), Own: role("prod/*"), Deploy: role("pipeline/deploy"), Drift: role("pipeline/drift"),
	}}))
	only := func(sid, actions, role string) string {
		return `{"Sid":"` + sid + `","Effect":"Allow","Action":[` + actions + `],"Principal":{"AWS":["*"]},"Resource":["*"],"Condition":{` +
			`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/slipway/pipeline/` + role + `"}`
	}
	const look = `"kms:DescribeKey","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:ListResourceTags"`
	const root = `"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Resource":["*"],"Condition":`
	mocktest.SameJSON(t, got.Get(t, "kms.Key env").Inputs["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"AccountPolicies","Effect":"Allow","Action":["kms:*"],`+root+`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/slipway/*"}}},`+
		`{"Sid":"OwnRoles","Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey"],`+root+`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/slipway/prod/*"}}},`+
		only("Deploy", look+`,"kms:CancelKeyDeletion","kms:CreateAlias","kms:DeleteAlias","kms:EnableKeyRotation","kms:PutKeyPolicy","kms:RetireGrant",`+
			`"kms:ScheduleKeyDeletion","kms:TagResource","kms:UntagResource","kms:UpdateAlias","kms:UpdateKeyDescription"`, "deploy")+`}},`+
		only("DeployUses", `"kms:Decrypt","kms:GenerateDataKey"`, "deploy")+`,"StringEquals":{"kms:ViaService":["rds.us-east-1.amazonaws.com","scheduler.us-east-1.amazonaws.com","secretsmanager.us-east-1.amazonaws.com"]}}},`+
		only("DeployGrants", `"kms:CreateGrant"`, "deploy")+`,"Bool":{"kms:GrantIsForAWSResource":"true"}}},`+
		only("Drift", look, "drift")+`}}]}`)

	// Without a pipeline nobody is named.
	got = mocktest.MustRun(t, "test", nil, program(&key.Args{Scope: &key.Scope{Project: role("*"), Own: role("prod/*")}}))
	if text := got.Get(t, "kms.Key env").Inputs["policy"].StringValue(); strings.Contains(text, `"AWS":["*"]`) {
		t.Errorf("got %s", text)
	}
}
