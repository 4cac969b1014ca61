package secret_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
