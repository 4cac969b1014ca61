package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/policy"
)

// boundarySuffix ends the name of bootstrap's boundary of an environment; the
// environment's other names in the pipeline differ in what stands there.
const boundarySuffix = "-boundary"

// pipelineStack is no stack's name: the pipeline's own roles have its path.
const pipelineStack = "pipeline"

// rolesPath is the path of the stack's roles. IAM tells by it whose a role is: a
// slash ends the stack's name, so that none begins another's.
func (c *Config) rolesPath() string { return "/" + c.Project + "/" + c.Stack + "/" }

// placeRoles gives every role the stack's path, and the account's policy of the
// configured name as its permissions boundary: whoever deploys may create roles with
// both only. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func placeRoles(ctx *pulumi.Context, config *Config, account *policy.Account) error {
	err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		switch props := args.Props.(type) {
		case *iam.RoleArgs:
			props.Path = pulumi.String(config.rolesPath())
			if config.PermissionsBoundary != "" {
				props.PermissionsBoundary = account.GlobalARN("iam", "policy/"+config.PermissionsBoundary)
			}
		case *iam.InstanceProfileArgs:
			props.Path = pulumi.String(config.rolesPath())
		default:
			return nil
		}
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
	if err != nil {
		return fmt.Errorf("place roles: %w", err)
	}
	return nil
}

// keyScope is who of the project has to do with the stack's keys: its own roles, and
// the roles of the pipeline that go with its boundary.
func (c *Config) keyScope(account *policy.Account) *key.Scope {
	scope := &key.Scope{
		Project: account.GlobalARN("iam", "role/"+c.Project+"/*"),
		Own:     account.GlobalARN("iam", "role"+c.rolesPath()+"*"),
	}
	if name, is := strings.CutSuffix(c.PermissionsBoundary, boundarySuffix); is {
		scope.Deploy = account.GlobalARN("iam", "role/"+name+"-deploy")
		scope.Drift = account.GlobalARN("iam", "role/"+name+"-drift")
	}
	return scope
}
