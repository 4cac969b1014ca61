package secret_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/release"
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
	readers := []string{"arn:aws:iam::111122223333:role/slipway/prod/*"}
	for name, test := range map[string]struct {
		args *secret.Args
		want []string
	}{
		"alone":              {nil, nil},
		"with readers":       {&secret.Args{Readers: readers}, []string{"secretsmanager.SecretPolicy key"}},
		"of earlier release": {&secret.Args{Readers: readers, Kept: true}, []string{"secretsmanager.SecretVersion key"}},
	} {
		got := run(t, test.args)
		mocktest.Equal(t, name, got.Keys(), append([]string{"secret.Secret key", "secretsmanager.Secret key"}, test.want...))
		mocktest.Equal(t, "protected", got.Protected(), nil)
		got.CheckParents(t, "secret.Secret key")
	}
}

// A value that Pulumi knows stands in its state, and in every older one.
func TestValueIsMadeBySecretsManagerAlone(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:111122223333:key"
	releaser := &mocktest.Releaser{}
	seen := make(chan string, 1)
	got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := secret.New(release.With(ctx, releaser), "key", nil)
		if err == nil {
			ctx.Export("arn", s.ARN.ApplyT(func(arn string) string {
				// Whoever has the ARN may read: the value is there.
				seen <- strings.Join(releaser.Filled(), ",")
				return arn
			}))
		}
		return err
	})
	if filled := <-seen; filled != arn {
		t.Errorf("filled %q before the ARN was known, want %s", filled, arn)
	}
	for _, resource := range got.All() {
		if resource.Inputs["secretString"].HasValue() {
			t.Errorf("%s has the value", resource.Key())
		}
	}
}

func TestSecretWithoutAValueIsAnError(t *testing.T) {
	_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := secret.New(release.With(ctx, &mocktest.Releaser{FillError: errors.New("denied")}), "key", nil)
		if err == nil {
			ctx.Export("arn", s.ARN)
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "denied") {
		t.Errorf("got %v", err)
	}
}

// The value that is in the state leaves it, and stays in AWS.
func TestValueOfAnEarlierReleaseIsKept(t *testing.T) {
	value := run(t, &secret.Args{Kept: true}).Get(t, "secretsmanager.SecretVersion key")
	if !value.Retained || !value.Inputs["secretString"].IsSecret() {
		t.Errorf("retained %v, secret %v", value.Retained, value.Inputs["secretString"].IsSecret())
	}
	mocktest.Equal(t, "ignored changes", value.IgnoreChanges, []string{"secretString"})
}

func TestOnlyReadersReadIt(t *testing.T) {
	got := run(t, &secret.Args{Readers: []string{"arn:a", "arn:b/*"}}).Get(t, "secretsmanager.SecretPolicy key").Inputs
	// It denies reading alone: who may manage the secret can always change the policy.
	mocktest.SameJSON(t, got["policy"].StringValue(), `{"Version": "2012-10-17", "Statement": [{"Sid": "OnlyReaders", "Effect": "Deny",
		"Principal": {"AWS": ["*"]}, "Action": ["secretsmanager:GetSecretValue"], "Resource": ["*"],
		"Condition": {"ArnNotLike": {"aws:PrincipalArn": ["arn:a", "arn:b/*"]}}}]}`)
	if arn := got["secretArn"].StringValue(); arn != "arn:aws:secretsmanager:us-east-1:111122223333:key" {
		t.Errorf("of %s", arn)
	}
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
	readers := &secret.Args{Readers: []string{"arn:a"}}
	for refused, test := range map[string]struct {
		args *secret.Args
		want string
	}{
		"slipway:secret:Secret":                          {nil, "register secret key"},
		"aws:secretsmanager/secret:Secret":               {nil, "create secret"},
		"aws:secretsmanager/secretVersion:SecretVersion": {&secret.Args{Kept: true}, "keep secret"},
		"aws:secretsmanager/secretPolicy:SecretPolicy":   {readers, "restrict secret"},
	} {
		_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
			_, err := secret.New(ctx, "key", test.args, refuse(refused))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), test.want+": ") {
			t.Errorf("%s: got %v, want %q", refused, err, test.want)
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
