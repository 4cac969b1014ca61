package secret_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/secret"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func run(t *testing.T, args *secret.Args) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := secret.New(ctx, "key", args)
		return err
	})
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := run(t, nil)
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"secret.Secret key",
		"secretsmanager.Secret key",
		"secretsmanager.SecretVersion key",
	})
	mocktest.Equal(t, "protected", got.Protected(), nil)
	got.CheckParents(t, "secret.Secret key")
}

func TestValueIsSecretRandomAndKept(t *testing.T) {
	first := run(t, nil).Get(t, "secretsmanager.SecretVersion key")
	second := run(t, nil).Get(t, "secretsmanager.SecretVersion key")
	value := first.Inputs["secretString"]
	if !value.IsSecret() {
		t.Fatalf("secretString is not marked as secret")
	}
	text := value.SecretValue().Element.StringValue()
	if len(text) < 50 {
		t.Errorf("the value has %d characters, Django asks for 50 or more", len(text))
	}
	if text == second.Inputs["secretString"].SecretValue().Element.StringValue() {
		t.Error("two secrets have the same value")
	}
	mocktest.Equal(t, "ignored changes", first.IgnoreChanges, []string{"secretString"})
}

func TestRecovery(t *testing.T) {
	for disposable, want := range map[bool]float64{false: 7, true: 0} {
		got := run(t, &secret.Args{Disposable: disposable}).Get(t, "secretsmanager.Secret key").Inputs["recoveryWindowInDays"].NumberValue()
		if got != want {
			t.Errorf("Disposable %v: got %v days, want %v", disposable, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	if key, set := run(t, nil).Get(t, "secretsmanager.Secret key").Inputs["kmsKeyId"]; set {
		t.Errorf("without a key: got %v", key)
	}
	got := run(t, &secret.Args{KeyARN: pulumi.String("arn:key"), Description: "Django's SECRET_KEY"}).Get(t, "secretsmanager.Secret key").Inputs
	if got["kmsKeyId"].StringValue() != "arn:key" || got["description"].StringValue() != "Django's SECRET_KEY" {
		t.Errorf("got key %v, description %v", got["kmsKeyId"], got["description"])
	}
}

func TestReadNamesOneSecret(t *testing.T) {
	document := make(chan string, 1)
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := secret.New(ctx, "key", nil)
		if err != nil {
			return err
		}
		ctx.Export("policy", policy.Document(s.Read()).ApplyT(func(text string) string {
			document <- text
			return text
		}))
		return nil
	})
	mocktest.SameJSON(t, <-document, `{"Version":"2012-10-17","Statement":[{"Sid":"ReadSecret","Effect":"Allow",`+
		`"Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:key"]}]}`)
}

func TestFailuresSayWhatFailed(t *testing.T) {
	for refused, want := range map[string]string{
		"slipway:secret:Secret":                          "register secret key",
		"aws:secretsmanager/secret:Secret":               "create secret",
		"aws:secretsmanager/secretVersion:SecretVersion": "set secret",
	} {
		_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
			_, err := secret.New(ctx, "key", nil, refuse(refused))
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
