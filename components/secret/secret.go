package secret

import (
	"crypto/rand"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Secret in Pulumi's state.
const TypeToken = "slipway:secret:Secret"

// recoveryDays is the least that Secrets Manager takes.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
const recoveryDays = 7

// Secret is a random value in Secrets Manager.
type Secret struct {
	pulumi.ResourceState

	// ARN is the secret's ARN, known once it has a value.
	ARN pulumi.StringOutput

	name   string
	args   Args
	holder *secretsmanager.Secret
}

// New builds a secret.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Secret, error) {
	s := &Secret{name: name}
	if args != nil {
		s.args = *args
	}
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register secret %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{s.createHolder, s.setValue} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"arn": s.ARN})
}

// Read is what a role needs to read the secret.
func (s *Secret) Read() policy.Statement {
	return policy.Statement{
		Sid:       "ReadSecret",
		Actions:   []string{"secretsmanager:GetSecretValue"},
		Resources: []pulumi.StringInput{s.ARN},
	}
}

func (s *Secret) child() pulumi.ResourceOption { return pulumi.Parent(s) }

func (s *Secret) createHolder(ctx *pulumi.Context) (err error) {
	inputs := &secretsmanager.SecretArgs{
		Description:          pulumi.String(s.args.Description),
		RecoveryWindowInDays: pulumi.Int(recoveryDays),
	}
	if s.args.KeyARN != nil {
		inputs.KmsKeyId = s.args.KeyARN.ToStringOutput()
	}
	if s.args.Disposable {
		inputs.RecoveryWindowInDays = pulumi.Int(0)
	}
	s.holder, err = secretsmanager.NewSecret(ctx, s.name, inputs, s.child())
	if err != nil {
		return fmt.Errorf("create secret: %w", err)
	}
	return nil
}

// setValue makes 256 random bits and more, in 52 characters: Django asks for 50.
// https://docs.djangoproject.com/en/5.2/ref/checks/#security
func (s *Secret) setValue(ctx *pulumi.Context) error {
	value, err := secretsmanager.NewSecretVersion(ctx, s.name, &secretsmanager.SecretVersionArgs{
		SecretId:     s.holder.ID(),
		SecretString: pulumi.ToSecret(pulumi.String(rand.Text() + rand.Text())).(pulumi.StringOutput),
	}, s.child(), pulumi.IgnoreChanges([]string{"secretString"}))
	if err != nil {
		return fmt.Errorf("set secret: %w", err)
	}
	s.ARN = value.Arn
	return nil
}
