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

	ProviderARN pulumi.StringInput
	// Roles are those of every environment.
	Roles map[string]*Roles

	args *Args
}

// Roles are an environment's.
type Roles struct {
	// ARNs are the roles' by what they are for: deploy, and drift, watch and preview
	// where there are jobs for it.
	ARNs map[string]pulumi.StringOutput
	// BoundaryName is the name, with its path, of the policy that the program's roles
	// need as their permissions boundary.
	BoundaryName string
}

// New builds the roles, and the provider where the account has none. Nothing is
// registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Access, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	a := &Access{args: args, Roles: map[string]*Roles{}}
	if err := ctx.RegisterComponentResource(TypeToken, name, a, opts...); err != nil {
		return nil, fmt.Errorf("register access %s: %w", name, err)
	}
	if err := a.findProvider(ctx, name); err != nil {
		return nil, err
	}
	for _, environment := range slices.Sorted(maps.Keys(args.Environments)) {
		if err := a.createRoles(ctx, environment); err != nil {
			return nil, err
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"providerArn": a.ProviderARN})
}

// findProvider uses the account's provider for this GitLab, of which there is one
// for all projects, or makes it. That of this project carries its tag.
func (a *Access) findProvider(ctx *pulumi.Context, name string) error {
	issuer := a.args.Issuer
	found, err := iam.LookupOpenIdConnectProvider(ctx, &iam.LookupOpenIdConnectProviderArgs{Url: &issuer.URL}, pulumi.Parent(a))
	switch {
	case err != nil && !strings.Contains(err.Error(), "not found"):
		return fmt.Errorf("look for the provider of %s: %w", issuer.URL, err)
	case err == nil && found.Tags["project"] != Owner(a.args.State.Project):
		if !slices.Contains(found.ClientIdLists, issuer.Audience) {
			return fmt.Errorf("the account's identity provider for %s does not take the audience %s, and something else has made it: add the audience there", issuer.URL, issuer.Audience)
		}
		a.ProviderARN = pulumi.String(found.Arn)
		return nil
	}
	provider, err := iam.NewOpenIdConnectProvider(ctx, name, &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String(issuer.URL),
		ClientIdLists: pulumi.ToStringArray([]string{issuer.Audience}),
		// AWS trusts GitLab's certificate by its authority; an issuer of one's own
		// with another authority needs its thumbprint here.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
		ThumbprintLists: pulumi.ToStringArray([]string{strings.Repeat("f", 40)}),
	}, a.child())
	if err != nil {
		return fmt.Errorf("create provider %s: %w", issuer.URL, err)
	}
	a.ProviderARN = provider.Arn
	return nil
}

// Owner is the tag "project" of what bootstrap makes: no environment's, so that no
// role that asks for an environment's tags has power over it.
func Owner(project string) string { return project + "-bootstrap" }

func (a *Access) createRoles(ctx *pulumi.Context, environment string) error {
	e := &environmentPolicies{Environment: a.args.Environments[environment], name: environment, account: a.args.Account, state: a.args.State}
	if _, err := a.createPolicy(ctx, e, "boundary", e.boundary()); err != nil {
		return err
	}
	roles := &Roles{BoundaryName: e.boundaryName(), ARNs: map[string]pulumi.StringOutput{}}
	a.Roles[environment] = roles
	jobs := map[string]job{"deploy": {refs: e.Deploy, protected: !e.guest(), deploys: !e.guest()}}
	areas := map[string][]area{"deploy": e.deploy(), "drift": e.drift(), "watch": e.watch(), "preview": e.preview()}
	if !e.guest() {
		jobs["drift"] = job{refs: e.Deploy, protected: true}
		jobs["watch"] = jobs["drift"]
		jobs["preview"] = job{refs: e.Preview}
	}
	for _, what := range slices.Sorted(maps.Keys(jobs)) {
		if len(jobs[what].refs) == 0 {
			continue
		}
		arn, err := a.createRole(ctx, e, what, jobs[what], areas[what])
		if err != nil {
			return err
		}
		roles.ARNs[what] = arn
	}
	return nil
}

// area is a policy of its own: a managed policy holds 6144 characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type area struct {
	name       string
	statements []policy.Statement
}

func (a *Access) createPolicy(ctx *pulumi.Context, e *environmentPolicies, what string, statements []policy.Statement) (*iam.Policy, error) {
	name := e.pipelineName(what)
	created, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name:   pulumi.String(name),
		Path:   pulumi.String(e.pipelinePath()),
		Policy: policy.Document(statements...),
	}, a.child())
	if err != nil {
		return nil, fmt.Errorf("create policy %s: %w", name, err)
	}
	return created, nil
}

func (a *Access) createRole(ctx *pulumi.Context, e *environmentPolicies, what string, jobs job, areas []area) (pulumi.StringOutput, error) {
	name := e.pipelineName(what)
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:               pulumi.String(name),
		Path:               pulumi.String(e.pipelinePath()),
		MaxSessionDuration: pulumi.Int(sessionSeconds),
		AssumeRolePolicy:   a.trust(e, jobs),
	}, a.child())
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("create role %s: %w", name, err)
	}
	for _, part := range areas {
		created, err := a.createPolicy(ctx, e, what+"-"+part.name, part.statements)
		if err != nil {
			return pulumi.StringOutput{}, err
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

func (a *Access) child() pulumi.ResourceOption { return pulumi.Parent(a) }
