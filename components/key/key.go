package key

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Key in Pulumi's state.
const TypeToken = "slipway:key:Key"

// recoveryDays of a deleted key are the most that KMS takes, in which it costs
// nothing and `aws kms cancel-key-deletion` brings it back: whoever keeps
// something that it encrypts may notice late.
const recoveryDays = 30

// Service is a kind of AWS service that uses a key by itself, without a role.
type Service string

const (
	// Logs lets CloudWatch Logs encrypt the account's log groups.
	Logs Service = "logs"
	// Alerts lets CloudWatch alarms, EventBridge rules and AWS Budgets publish to
	// encrypted SNS topics.
	Alerts Service = "alerts"
	// CloudFront lets the account's distributions read encrypted objects.
	CloudFront Service = "cloudfront"
)

// Services are the values that Service takes.
var Services = []Service{Logs, Alerts, CloudFront}

// Args describe a key. The zero value is valid and safe: a protected key that
// only the account's own roles can use.
type Args struct {
	// Description says what the key encrypts.
	Description string
	// Alias is the key's alias without "alias/", for a key that others have to
	// know beforehand. Default: the component's name and random digits.
	Alias string
	// Services may use the key. Default: none.
	Services []Service
	// Scope keeps the key from the project's roles for other things. Default: the
	// account's IAM decides alone.
	Scope *Scope
	// Disposable lets the key be deleted, within 30 days. Default: false.
	Disposable bool
	// Outlives leaves the key in AWS when it is deleted from the stack, for what
	// it encrypts and the stack does not hold, such as snapshots. Default: false.
	Outlives bool
}

// Scope is which of the project's roles have to do with a key. Every field is an ARN,
// or a pattern of ARNs with *. Whoever else may use the key, the account's IAM says.
//
// The key's policy says so itself and from the beginning, since KMS takes up to five
// minutes until a tag or an alias counts:
// https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
type Scope struct {
	// Project is all roles of the project, to which the account's IAM gives nothing.
	Project pulumi.StringInput
	// Own are those which use the key as their own policies say.
	Own pulumi.StringInput
	// Deploy is the role that makes and changes the key, Drift that which looks at
	// it. Default: none.
	Deploy, Drift pulumi.StringInput
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return nil
	}
	var problems []error
	for i, service := range a.Services {
		if !slices.Contains(Services, service) {
			problems = append(problems, fmt.Errorf("key.Services[%d]: %q must be one of %v", i, service, Services))
		}
	}
	return errors.Join(problems...)
}

// Key is a customer-managed KMS key.
type Key struct {
	pulumi.ResourceState

	// ARN is the key's ARN.
	ARN pulumi.StringOutput
}

// New builds a key. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Key, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	if args == nil {
		args = &Args{}
	}
	k := &Key{}
	if err := ctx.RegisterComponentResource(TypeToken, name, k, opts...); err != nil {
		return nil, fmt.Errorf("register key %s: %w", name, err)
	}
	document, err := k.policy(ctx, args)
	if err != nil {
		return nil, err
	}
	created, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String(args.Description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(recoveryDays),
		Policy:               document,
	}, pulumi.Parent(k), pulumi.Protect(!args.Disposable), pulumi.RetainOnDelete(args.Outlives))
	if err != nil {
		return nil, fmt.Errorf("create key %s: %w", name, err)
	}
	alias := &kms.AliasArgs{TargetKeyId: created.KeyId}
	if args.Alias != "" {
		alias.Name = pulumi.String("alias/" + args.Alias)
	}
	if _, err := kms.NewAlias(ctx, name, alias, pulumi.Parent(k)); err != nil {
		return nil, fmt.Errorf("name key %s: %w", name, err)
	}
	k.ARN = created.Arn
	return k, ctx.RegisterResourceOutputs(k, pulumi.Map{"arn": k.ARN})
}

// Encrypt is what a role needs to write data under the key and to read it.
func (k *Key) Encrypt() policy.Statement {
	return policy.Statement{
		Sid:       "EncryptAndDecrypt",
		Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Resources: []pulumi.StringInput{k.ARN},
	}
}

// Decrypt is what a role needs to read data under the key.
func (k *Key) Decrypt() policy.Statement {
	return policy.Statement{
		Sid:       "Decrypt",
		Actions:   []string{"kms:Decrypt"},
		Resources: []pulumi.StringInput{k.ARN},
	}
}

// policy hands the key to the account's IAM and admits the services. In a key's
// policy "*" means this key:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func (k *Key) policy(ctx *pulumi.Context, args *Args) (pulumi.StringOutput, error) {
	account, err := policy.LookupAccount(ctx, pulumi.Parent(k))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	sourceAccount := map[string]map[string]pulumi.StringInput{
		"StringEquals": {"aws:SourceAccount": pulumi.String(account.ID)},
	}
	everything := []pulumi.StringInput{pulumi.String("*")}
	statements := []policy.Statement{{
		Sid:       "AccountPolicies",
		Actions:   []string{"kms:*"},
		AWS:       []pulumi.StringInput{account.GlobalARN("iam", "root")},
		Resources: everything,
	}}
	if args.Scope != nil {
		statements[0].Conditions = map[string]map[string]pulumi.StringInput{"ArnNotLike": {principal: args.Scope.Project}}
		statements = append(statements, args.Scope.statements(account)...)
	}
	for _, service := range args.Services {
		switch service {
		case Logs:
			statements = append(statements, policy.Statement{
				// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
				Sid:       "CloudWatchLogs",
				Actions:   []string{"kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
				Services:  []string{"logs." + account.Region + ".amazonaws.com"},
				Resources: everything,
				Conditions: map[string]map[string]pulumi.StringInput{
					"ArnLike": {"kms:EncryptionContext:aws:logs:arn": account.ARN("logs", "log-group:*")},
				},
			})
		case Alerts:
			statements = append(statements,
				policy.Statement{
					// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
					Sid:        "Alerts",
					Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
					Services:   []string{"cloudwatch.amazonaws.com", "budgets.amazonaws.com"},
					Resources:  everything,
					Conditions: sourceAccount,
				},
				policy.Statement{
					// The same page: EventBridge passes no aws:SourceAccount on, and a
					// condition on it would drop every message in silence.
					Sid:       "Events",
					Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey*"},
					Services:  []string{"events.amazonaws.com"},
					Resources: everything,
				})
		case CloudFront:
			statements = append(statements, policy.Statement{
				// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
				Sid:       "CloudFront",
				Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey*"},
				Services:  []string{"cloudfront.amazonaws.com"},
				Resources: everything,
				Conditions: map[string]map[string]pulumi.StringInput{
					"ArnLike": {"aws:SourceArn": account.GlobalARN("cloudfront", "distribution/*")},
				},
			})
		}
	}
	return policy.Document(statements...), nil
}

// principal is the role of whoever asks, with its path, also where a session of it
// asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
const principal = "aws:PrincipalArn"

// statements admit the project's roles. Deploy and drift are admitted here and not by
// their own policies, which can't tell this key from another; they are named in a
// condition, since a key's policy can name no role that is not there.
func (s *Scope) statements(account *policy.Account) []policy.Statement {
	everything := []pulumi.StringInput{pulumi.String("*")}
	statements := []policy.Statement{{
		Sid:        "OwnRoles",
		Actions:    []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"},
		AWS:        []pulumi.StringInput{account.GlobalARN("iam", "root")},
		Resources:  everything,
		Conditions: map[string]map[string]pulumi.StringInput{"ArnLike": {principal: s.Own}},
	}}
	only := func(sid string, role pulumi.StringInput, actions ...string) policy.Statement {
		return policy.Statement{
			Sid: sid, Actions: actions, AWS: everything, Resources: everything,
			Conditions: map[string]map[string]pulumi.StringInput{"ArnEquals": {principal: role}},
		}
	}
	look := []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"}
	if s.Deploy != nil {
		// What these do with the key for whom deploys.
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
		// https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
		// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
		via := only("DeployUses", s.Deploy, "kms:Decrypt", "kms:GenerateDataKey")
		via.AnyOf = map[string]map[string][]string{"StringEquals": {"kms:ViaService": {
			"rds." + account.Region + ".amazonaws.com", "scheduler." + account.Region + ".amazonaws.com", "secretsmanager." + account.Region + ".amazonaws.com",
		}}}
		grants := only("DeployGrants", s.Deploy, "kms:CreateGrant")
		grants.Conditions["Bool"] = map[string]pulumi.StringInput{"kms:GrantIsForAWSResource": pulumi.String("true")}
		statements = append(statements, only("Deploy", s.Deploy, append(look,
			"kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:RetireGrant",
			"kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription")...), via, grants)
	}
	if s.Drift != nil {
		statements = append(statements, only("Drift", s.Drift, look...))
	}
	return statements
}
