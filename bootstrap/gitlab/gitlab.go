package gitlab

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of an Access in Pulumi's state.
const TypeToken = "slipway-bootstrap:gitlab:Access"

// sessionSeconds is how long a job's credentials last: longer than the slowest
// deploy, whose database takes the better part of an hour to change.
const sessionSeconds = 2 * 60 * 60

// Access is the way in for one project's jobs.
type Access struct {
	pulumi.ResourceState

	ProviderARN pulumi.StringOutput
	// Roles are those of every environment.
	Roles map[string]*Roles

	args *Args
}

// Roles are an environment's.
type Roles struct {
	DeployARN, PreviewARN pulumi.StringOutput
	// BoundaryName is the name of the policy that the program's roles need as
	// their permissions boundary.
	BoundaryName string
}

// New builds the provider and the roles. Nothing is registered when args are
// invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Access, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	a := &Access{args: args, Roles: map[string]*Roles{}}
	if err := ctx.RegisterComponentResource(TypeToken, name, a, opts...); err != nil {
		return nil, fmt.Errorf("register access %s: %w", name, err)
	}
	provider, err := iam.NewOpenIdConnectProvider(ctx, name, &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String(args.Issuer.URL),
		ClientIdLists: pulumi.ToStringArray([]string{args.Issuer.Audience}),
		// AWS trusts GitLab's certificate by its authority; an issuer of one's own
		// with another authority needs its thumbprint here.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
		ThumbprintLists: pulumi.ToStringArray([]string{strings.Repeat("f", 40)}),
	}, a.child())
	if err != nil {
		return nil, fmt.Errorf("create provider %s: %w", args.Issuer.URL, err)
	}
	a.ProviderARN = provider.Arn
	for _, environment := range slices.Sorted(maps.Keys(args.Refs)) {
		if err := a.createRoles(ctx, environment); err != nil {
			return nil, err
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"providerArn": a.ProviderARN})
}

func (a *Access) createRoles(ctx *pulumi.Context, environment string) error {
	refs := a.args.Refs[environment]
	e := &environmentPolicies{name: environment, account: a.args.Account, state: a.args.State, guest: refs.SharedNetwork, imageAccount: refs.ImageAccount}
	boundary, err := iam.NewPolicy(ctx, e.boundaryName(), &iam.PolicyArgs{
		Name:        pulumi.String(e.boundaryName()),
		Description: pulumi.String("The most that roles of " + environment + " may do"),
		Policy:      policy.Document(e.boundary()...),
	}, a.child())
	if err != nil {
		return fmt.Errorf("create boundary of %s: %w", environment, err)
	}
	deploy, err := a.createRole(ctx, environment+"-deploy", a.args.Refs[environment].Deploy, e.deploy())
	if err != nil {
		return err
	}
	preview, err := a.createRole(ctx, environment+"-preview", a.args.Refs[environment].Preview, e.preview())
	if err != nil {
		return err
	}
	_ = boundary
	a.Roles[environment] = &Roles{DeployARN: deploy, PreviewARN: preview, BoundaryName: e.boundaryName()}
	return nil
}

// area is a policy of its own: a managed policy holds 6144 characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type area struct {
	name       string
	statements []policy.Statement
}

func (a *Access) createRole(ctx *pulumi.Context, name string, refs []string, areas []area) (pulumi.StringOutput, error) {
	name = a.args.State.Project + "-" + name
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:               pulumi.String(name),
		MaxSessionDuration: pulumi.Int(sessionSeconds),
		AssumeRolePolicy:   a.trust(refs),
	}, a.child())
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("create role %s: %w", name, err)
	}
	for _, part := range areas {
		created, err := iam.NewPolicy(ctx, name+"-"+part.name, &iam.PolicyArgs{
			Name:   pulumi.String(name + "-" + part.name),
			Policy: policy.Document(part.statements...),
		}, a.child())
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("create policy %s of role %s: %w", part.name, name, err)
		}
		_, err = iam.NewRolePolicyAttachment(ctx, name+"-"+part.name, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: created.Arn,
		}, a.child())
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("attach policy %s to role %s: %w", part.name, name, err)
		}
	}
	return role.Arn, nil
}

// trust lets jobs of the project on these refs take a role. The subject has the
// whole path of the project before the ref: a * at the end can't reach another.
func (a *Access) trust(refs []string) pulumi.StringOutput {
	host := strings.TrimPrefix(a.args.Issuer.URL, "https://")
	var statements []policy.Statement
	for i, ref := range refs {
		kind, name, _ := strings.Cut(ref, ":")
		subject := fmt.Sprintf("project_path:%s:ref_type:%s:ref:%s", a.args.Issuer.Project, kind, name)
		conditions := map[string]map[string]pulumi.StringInput{"StringEquals": {host + ":aud": pulumi.String(a.args.Issuer.Audience)}}
		if strings.HasSuffix(name, "*") {
			conditions["StringLike"] = map[string]pulumi.StringInput{host + ":sub": pulumi.String(subject)}
		} else {
			conditions["StringEquals"][host+":sub"] = pulumi.String(subject)
		}
		statements = append(statements, policy.Statement{
			Sid:        fmt.Sprintf("Jobs%d", i+1),
			Actions:    []string{"sts:AssumeRoleWithWebIdentity"},
			Federated:  []pulumi.StringInput{a.ProviderARN},
			Conditions: conditions,
		})
	}
	return policy.Document(statements...)
}

func (a *Access) child() pulumi.ResourceOption { return pulumi.Parent(a) }
