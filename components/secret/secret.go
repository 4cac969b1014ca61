package secret

import (
	"crypto/rand"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/release"
)

// TypeToken is the type of a Secret in Pulumi's state.
const TypeToken = "slipway:secret:Secret"

// The labels of the versions that users of the secret read. All stand at one
// version but while the secret is rotated.
const (
	// Current is the version that is in use.
	Current = release.LabelCurrent
	// Next comes into use next, and Last was in use before; both have to be accepted.
	Next, Last = release.LabelNext, release.LabelLast
)

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
	// before are what has to be there before the value is.
	before []any
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
	for _, step := range []func(*pulumi.Context) error{s.createHolder, s.keepValue, s.restrict, s.fill} {
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

// keepValue marks the value in the state as one that stays in AWS. To delete it the
// provider would read it, and wait until it had no label but one.
func (s *Secret) keepValue(ctx *pulumi.Context) error {
	if !s.args.Kept {
		return nil
	}
	value, err := secretsmanager.NewSecretVersion(ctx, s.name, &secretsmanager.SecretVersionArgs{
		SecretId:     s.holder.ID(),
		SecretString: pulumi.ToSecret(pulumi.String(rand.Text() + rand.Text())).(pulumi.StringOutput),
	}, s.child(), pulumi.RetainOnDelete(true), pulumi.IgnoreChanges([]string{"secretString"}))
	if err != nil {
		return fmt.Errorf("keep secret: %w", err)
	}
	s.before = append(s.before, value.URN())
	return nil
}

// restrict denies the value to everybody but the readers, the account's
// administrators included: they may still change this policy, which the account's
// log then shows. It denies nothing else, so that nobody is locked out.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
func (s *Secret) restrict(ctx *pulumi.Context) error {
	if len(s.args.Readers) == 0 || s.args.Kept {
		return nil
	}
	attached, err := secretsmanager.NewSecretPolicy(ctx, s.name, &secretsmanager.SecretPolicyArgs{
		SecretArn: s.holder.Arn,
		Policy: policy.Document(policy.Statement{
			Sid:       "OnlyReaders",
			Deny:      true,
			Actions:   []string{"secretsmanager:GetSecretValue"},
			AWS:       []pulumi.StringInput{pulumi.String("*")},
			Resources: []pulumi.StringInput{pulumi.String("*")}, // here: this secret
			AnyOf:     map[string]map[string][]string{"ArnNotLike": {"aws:PrincipalArn": s.args.Readers}},
		}),
	}, s.child())
	if err != nil {
		return fmt.Errorf("restrict secret: %w", err)
	}
	s.before = append(s.before, attached.URN())
	return nil
}

// fill makes the value in an update, never in a preview, which depends on the same
// resources: a plan holds an update to them. Whatever is there stays.
func (s *Secret) fill(ctx *pulumi.Context) error {
	var releaser release.Releaser
	if !ctx.DryRun() {
		account, err := policy.LookupAccount(ctx, pulumi.Parent(s))
		if err != nil {
			return err
		}
		releaser = release.Of(ctx, account.Region)
	}
	s.ARN = pulumi.All(append([]any{s.holder.Arn}, s.before...)...).ApplyT(func(values []any) (string, error) {
		arn := values[0].(string)
		if releaser == nil {
			return arn, nil
		}
		return arn, releaser.Fill(ctx.Context(), arn)
	}).(pulumi.StringOutput)
	return nil
}
