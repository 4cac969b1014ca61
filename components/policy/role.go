package policy

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NewRole creates a role that one AWS service takes, and its policy. Whatever
// uses the role must wait for the resources that NewRole returns beside it: a
// role has no rights before its policy is attached. Without statements there is
// no policy.
func NewRole(ctx *pulumi.Context, name string, trust Trust, statements []Statement, opts ...pulumi.ResourceOption) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: AssumeRole(trust)}, opts...)
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", name, err)
	}
	if len(statements) == 0 {
		return role, []pulumi.Resource{role}, nil
	}
	attached, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: Document(statements...),
	}, opts...)
	if err != nil {
		return nil, nil, fmt.Errorf("create policy of role %s: %w", name, err)
	}
	return role, []pulumi.Resource{attached}, nil
}
