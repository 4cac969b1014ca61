package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// agentVolumes are where the agent writes that Fargate puts into a container for
// ECS Exec. AWS says that it needs a writable root file system; by what people
// report who run it without one, these places are enough:
// https://github.com/aws/containers-roadmap/issues/1359
// https://github.com/aws-containers/amazon-ecs-exec-checker/issues/71
// The agent runs as root, so the volumes stay closed to the app.
var agentVolumes = []volume{
	{name: "exec-agent", path: "/managed-agents"},
	{name: "exec-state", path: "/var/lib/amazon"},
	{name: "exec-logs", path: "/var/log/amazon"},
}

// createSessionLogGroup is apart from the app's: it holds what operators typed.
func (s *Service) createSessionLogGroup(ctx *pulumi.Context) (err error) {
	if !s.args.Exec {
		return nil
	}
	s.sessionLogs, err = logs.NewGroup(ctx, s.name+"-exec", logs.Args{
		Name:          pulumi.String(s.args.LogGroup + "/exec"),
		RetentionDays: s.args.LogRetentionDays,
		KeyARN:        s.args.KeyARN,
	}, s.child())
	return err
}

// sessionConfiguration encrypts the channel of a session and logs all of it.
func (s *Service) sessionConfiguration() ecs.ClusterConfigurationPtrInput {
	if !s.args.Exec {
		return nil
	}
	return &ecs.ClusterConfigurationArgs{
		ExecuteCommandConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
			KmsKeyId: s.args.KeyARN.ToStringOutput(),
			Logging:  pulumi.String("OVERRIDE"),
			LogConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
				CloudWatchEncryptionEnabled: pulumi.Bool(true),
				CloudWatchLogGroupName:      s.sessionLogs.Name,
			},
		},
	}
}

// sessionStatements are what ECS Exec demands of the task role, and no more. The
// actions that have "*" take no resource.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-required-iam-permissions
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-required-logging-permissions
func (s *Service) sessionStatements() []policy.Statement {
	if !s.args.Exec {
		return nil
	}
	everything := []pulumi.StringInput{pulumi.String("*")}
	return []policy.Statement{
		{
			Sid: "SessionChannels",
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: everything,
		},
		{
			Sid:       "FindSessionLogs",
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: everything,
		},
		{
			Sid:       "WriteSessionLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", s.sessionLogs.Arn)},
		},
		{
			Sid:       "DecryptSessions",
			Actions:   []string{"kms:Decrypt"},
			Resources: []pulumi.StringInput{s.args.KeyARN},
		},
	}
}
