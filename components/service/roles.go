package service

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

const tasksService = "ecs-tasks.amazonaws.com"

// trustTasks is who takes a role of the tasks. ECS says for which task it takes the
// task role, without the cluster: only all of the account's can be named.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func (s *Service) trustTasks() policy.Trust {
	return policy.Trust{Service: tasksService, Account: s.account, Source: s.account.ARN("ecs", "*")}
}

// createExecutionRole is what ECS itself uses to start a task: pull this image,
// write to this log group, read these secrets. An image needs no right on the
// key that encrypts it: ECR has a grant of its own.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
//
// Its trust names no source: the document of this role shows the policy without
// one, and does not promise, as that of the task role does, that ECS names it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
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
			Resources: []pulumi.StringInput{pulumi.String(s.found.repositoryARN)},
		},
		logs.Write(s.logs),
	}
	statements = append(statements, s.secretStatements()...)
	s.executionRole, err = s.createRole(ctx, "execution", policy.Trust{Service: tasksService}, statements)
	return err
}

func (s *Service) secretStatements() []policy.Statement {
	if len(s.args.Secrets) == 0 {
		return nil
	}
	read := policy.Statement{Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}}
	for _, name := range sortedKeys(s.args.Secrets) {
		read.Resources = append(read.Resources, s.args.Secrets[name])
	}
	if s.args.KeyARN == nil {
		return []policy.Statement{read}
	}
	return []policy.Statement{read, {
		// The key opens secrets for ECS, and neither logs nor sessions:
		// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
		Sid:       "DecryptSecrets",
		Actions:   []string{"kms:Decrypt"},
		Resources: []pulumi.StringInput{s.args.KeyARN},
		Conditions: map[string]map[string]pulumi.StringInput{
			"StringEquals": {"kms:ViaService": pulumi.String("secretsmanager." + s.account.Region + ".amazonaws.com")},
		},
	}}
}

// createTaskRole is what the app's own code may do, and the agent that lets
// operators in.
func (s *Service) createTaskRole(ctx *pulumi.Context) (err error) {
	s.taskRole, err = s.createRole(ctx, "task", s.trustTasks(), slices.Concat(s.args.Permissions, s.sessionStatements()))
	return err
}

// createRole makes everything that is created later wait for the role's rights.
func (s *Service) createRole(ctx *pulumi.Context, role string, trust policy.Trust, statements []policy.Statement) (*iam.Role, error) {
	created, attached, err := policy.NewRole(ctx, s.name+"-"+role, trust, statements, s.child())
	if err != nil {
		return nil, err
	}
	s.before = append(s.before, attached...)
	return created, nil
}
