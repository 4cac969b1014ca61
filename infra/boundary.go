package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// boundEveryRole gives every role the account's policy of this name as its
// permissions boundary: whoever deploys may create roles with it only.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func boundEveryRole(ctx *pulumi.Context, name string) error {
	account, err := policy.LookupAccount(ctx)
	if err != nil {
		return err
	}
	boundary := account.GlobalARN("iam", "policy/"+name)
	err = ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		role, ok := args.Props.(*iam.RoleArgs)
		if !ok {
			return nil
		}
		role.PermissionsBoundary = boundary
		return &pulumi.ResourceTransformationResult{Props: role, Opts: args.Opts}
	})
	if err != nil {
		return fmt.Errorf("bound roles: %w", err)
	}
	return nil
}
