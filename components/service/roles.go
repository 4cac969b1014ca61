package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

const tasksService = "ecs-tasks.amazonaws.com"

// createExecutionRole is what ECS itself uses to start a task: pull this image,
// write to this log group, read these secrets.
func (s *Service) createExecutionRole(ctx *pulumi.Context) (err error) {
	statements := []policy.Statement{
		{
			// The action takes no resource:
			// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
			Sid:       "RegistryLogin",
			Actions:   []string{"ecr:GetAuthorizationToken"},
			Resources: []pulumi.StringInput{pulumi.String("*")},
		},
		{
			Sid:       "PullImage",
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: []pulumi.StringInput{s.repository.Arn},
		},
		{
			Sid:       "WriteLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", s.logs.Arn)},
		},
	}
	if len(s.args.Secrets) > 0 {
		read := policy.Statement{Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}}
		for _, name := range sortedKeys(s.args.Secrets) {
			read.Resources = append(read.Resources, s.args.Secrets[name])
		}
		statements = append(statements, read)
	}
	s.executionRole, err = s.createRole(ctx, "execution", statements)
	return err
}

// createTaskRole is what the app's own code may do.
func (s *Service) createTaskRole(ctx *pulumi.Context) (err error) {
	s.taskRole, err = s.createRole(ctx, "task", s.args.Permissions)
	return err
}

func (s *Service) createRole(ctx *pulumi.Context, role string, statements []policy.Statement) (*iam.Role, error) {
	name := s.name + "-" + role
	created, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: policy.AssumeRole(tasksService),
	}, s.child())
	if err != nil {
		return nil, fmt.Errorf("create %s role: %w", role, err)
	}
	if len(statements) == 0 {
		return created, nil
	}
	attached, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   created.Name,
		Policy: policy.Document(statements...),
	}, s.child())
	if err != nil {
		return nil, fmt.Errorf("create %s role's policy: %w", role, err)
	}
	s.before = append(s.before, attached)
	return created, nil
}
