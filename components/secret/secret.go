// Package secret builds a random secret in Secrets Manager.
//
// The value is made once, when the secret is created, and later runs leave it
// as it is. It stands encrypted in Pulumi's state and nowhere else.
//
// It protects the value: a deleted secret can be brought back for seven days
// unless Disposable says otherwise.
package secret

import (
	"crypto/rand"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of a Secret in Pulumi's state.
const TypeToken = "slipway:secret:Secret"

// recoveryDays is the least that Secrets Manager takes.
const recoveryDays = 7

// Args describe a secret. The zero value is valid and safe.
type Args struct {
	// Description says what the secret is for.
	Description string
	// Disposable deletes the secret at once and for good. Default: false.
	Disposable bool
}

// Secret is a random value in Secrets Manager.
type Secret struct {
	pulumi.ResourceState

	// ARN is the secret's ARN, known once it has a value.
	ARN pulumi.StringOutput
}

// New builds a secret.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Secret, error) {
	if args == nil {
		args = &Args{}
	}
	s := &Secret{}
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register secret %s: %w", name, err)
	}
	recovery := recoveryDays
	if args.Disposable {
		recovery = 0
	}
	holder, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Description:          pulumi.String(args.Description),
		RecoveryWindowInDays: pulumi.Int(recovery),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("create secret %s: %w", name, err)
	}
	value, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId:     holder.ID(),
		SecretString: pulumi.ToSecret(pulumi.String(rand.Text() + rand.Text())).(pulumi.StringOutput),
	}, pulumi.Parent(s), pulumi.IgnoreChanges([]string{"secretString"}))
	if err != nil {
		return nil, fmt.Errorf("set secret %s: %w", name, err)
	}
	s.ARN = value.Arn
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"arn": s.ARN})
}
