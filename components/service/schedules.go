package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

const (
	schedulerService = "scheduler.amazonaws.com"
	// A start that fails is tried again for an hour, at growing intervals, as
	// often as EventBridge can. That outlasts a lack of capacity, and a nightly
	// command still does not start in the morning.
	// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
	retrySeconds, retryAttempts = 3600, 185
)

// createSchedules runs commands of the new version once that serves. The group tells the schedules of one service from others', in
// metrics and in tags: a schedule itself takes no tags.
func (s *Service) createSchedules(ctx *pulumi.Context) error {
	if len(s.args.Schedules) == 0 {
		return nil
	}
	group, err := scheduler.NewScheduleGroup(ctx, s.name, nil, s.child())
	if err != nil {
		return fmt.Errorf("create schedule group: %w", err)
	}
	s.ScheduleGroup = group.Name
	// The source is the schedule's group, never a schedule:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	trust := policy.Trust{Service: schedulerService, Account: s.account, Source: group.Arn}
	role, err := s.createRole(ctx, "schedules", trust, s.scheduleStatements())
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(s.args.Schedules) {
		if err := s.createSchedule(ctx, name, s.args.Schedules[name], role); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) createSchedule(ctx *pulumi.Context, key string, schedule *Schedule, role *iam.Role) error {
	args := &scheduler.ScheduleArgs{
		Name:                       pulumi.String(key),
		GroupName:                  s.ScheduleGroup,
		ScheduleExpression:         pulumi.String(schedule.Expression),
		ScheduleExpressionTimezone: pulumi.String(schedule.Timezone),
		FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: &scheduler.ScheduleTargetArgs{
			Arn:     s.cluster.Arn,
			RoleArn: role.Arn,
			Input: pulumi.JSONMarshal(pulumi.Map{"containerOverrides": pulumi.Array{pulumi.Map{
				"name":    pulumi.String(CommandContainer),
				"command": pulumi.ToStringArray(schedule.Command),
			}}}),
			EcsParameters: &scheduler.ScheduleTargetEcsParametersArgs{
				TaskDefinitionArn:    s.command.Arn,
				LaunchType:           pulumi.String(onDemand),
				EnableEcsManagedTags: pulumi.Bool(true),
				PropagateTags:        pulumi.String("TASK_DEFINITION"),
				NetworkConfiguration: &scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs{
					Subnets:        s.args.SubnetIDs,
					SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
					AssignPublicIp: pulumi.Bool(false),
				},
			},
			RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(retrySeconds),
				MaximumRetryAttempts:     pulumi.Int(retryAttempts),
			},
		},
	}
	if s.args.KeyARN != nil {
		args.KmsKeyArn = s.args.KeyARN.ToStringOutput()
	}
	_, err := scheduler.NewSchedule(ctx, s.name+"-schedule-"+key, args,
		s.child(), pulumi.DependsOn(s.before), pulumi.DependsOnInputs(s.Released))
	if err != nil {
		return fmt.Errorf("create schedule %s: %w", key, err)
	}
	return nil
}

// scheduleStatements let EventBridge run the one-off command's task in this
// cluster with its two roles and tags, and read the schedules of this group.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
func (s *Service) scheduleStatements() []policy.Statement {
	statements := []policy.Statement{
		{
			Sid:       "RunCommands",
			Actions:   []string{"ecs:RunTask"},
			Resources: []pulumi.StringInput{s.account.ARN("ecs", "task-definition/"+s.commandFamily()+":*")},
			Conditions: map[string]map[string]pulumi.StringInput{
				"ArnEquals": {"ecs:cluster": s.cluster.Arn},
			},
		},
		{
			Sid:       "TagCommands",
			Actions:   []string{"ecs:TagResource"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s/%s/*", s.account.ARN("ecs", "task"), s.ClusterName)},
			Conditions: map[string]map[string]pulumi.StringInput{
				"StringEquals": {"ecs:CreateAction": pulumi.String("RunTask")},
			},
		},
		{
			Sid:       "PassTaskRoles",
			Actions:   []string{"iam:PassRole"},
			Resources: []pulumi.StringInput{s.executionRole.Arn, s.taskRole.Arn},
			Conditions: map[string]map[string]pulumi.StringInput{
				"StringEquals": {"iam:PassedToService": pulumi.String(tasksService)},
			},
		},
	}
	if s.args.KeyARN == nil {
		return statements
	}
	return append(statements, policy.Statement{
		// https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
		Sid:       "DecryptSchedules",
		Actions:   []string{"kms:Decrypt"},
		Resources: []pulumi.StringInput{s.args.KeyARN},
		Conditions: map[string]map[string]pulumi.StringInput{
			"ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": pulumi.Sprintf("%s/%s/*", s.account.ARN("scheduler", "schedule"), s.ScheduleGroup)},
		},
	})
}
