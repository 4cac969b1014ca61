package account

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/gitlab"
)

// linkedServices are the services that work for an environment in roles of their
// own. AWS makes such a role when a service is used for the first time, and takes
// some seconds, in which the first deploy of an account fails: ECS "is unable to
// assume the service linked role" when the new cluster is given its capacity.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
var linkedServices = []string{
	"autoscaling.amazonaws.com",
	"ecs.amazonaws.com",
	"ecs.application-autoscaling.amazonaws.com",
	"elasticloadbalancing.amazonaws.com",
	"rds.amazonaws.com",
}

// createLinkedRoles makes the roles that the account does not have. An account
// has one of each: one that something else has made is left to it, which its tags
// tell. None is ever deleted, whatever has come to use it. The service describes its
// role itself, which is no difference.
func createLinkedRoles(ctx *pulumi.Context, project string) error {
	for _, service := range linkedServices {
		others, err := madeByOthers(ctx, project, service)
		if err != nil {
			return err
		}
		if others {
			continue
		}
		_, err = iam.NewServiceLinkedRole(ctx, service, &iam.ServiceLinkedRoleArgs{
			AwsServiceName: pulumi.String(service),
		}, pulumi.RetainOnDelete(true), pulumi.IgnoreChanges([]string{"description"}))
		if err != nil {
			return fmt.Errorf("create the role of %s: %w", service, err)
		}
	}
	return nil
}

func madeByOthers(ctx *pulumi.Context, project, service string) (bool, error) {
	path := "/aws-service-role/" + service + "/"
	found, err := iam.GetRoles(ctx, &iam.GetRolesArgs{PathPrefix: &path})
	if err != nil {
		return false, fmt.Errorf("look for the role of %s: %w", service, err)
	}
	if len(found.Names) == 0 {
		return false, nil
	}
	role, err := iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: found.Names[0]})
	if err != nil {
		return false, fmt.Errorf("look at the role of %s: %w", service, err)
	}
	return role.Tags["project"] != gitlab.Owner(project), nil
}
