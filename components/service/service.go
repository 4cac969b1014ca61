package service

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/release"
)

// TypeToken is the type of a Service in Pulumi's state.
const TypeToken = "slipway:service:Service"

// Service is one app on Fargate.
type Service struct {
	pulumi.ResourceState

	// SecurityGroupID is the security group of the tasks.
	SecurityGroupID pulumi.StringOutput
	// SubnetIDs are where tasks run.
	SubnetIDs pulumi.StringArrayOutput
	// ClusterName is the name of the ECS cluster.
	ClusterName pulumi.StringOutput
	// ServiceName is the name of the app's ECS service.
	ServiceName pulumi.StringOutput
	// WorkerServices are the names of the workers' ECS services, by worker.
	WorkerServices map[string]pulumi.StringInput
	// ScheduleGroup is the name of the schedules' group, empty without schedules.
	ScheduleGroup pulumi.StringOutput
	// CommandTaskDefinition is the ARN of the task definition for one-off
	// commands; its container is CommandContainer.
	CommandTaskDefinition pulumi.StringOutput
	// LogGroup is the name of the log group.
	LogGroup pulumi.StringOutput
	// Version is the tag of the image that runs, made of its content.
	Version string
	// Released are the ECS services once each runs the version of this deploy. In
	// an update it is an error when one does not.
	Released pulumi.ResourceArrayOutput

	name          string
	args          *Args
	account       *policy.Account
	found         *Image
	image         pulumi.StringOutput
	logs          *cloudwatch.LogGroup
	sessionLogs   *cloudwatch.LogGroup
	executionRole *iam.Role
	taskRole      *iam.Role
	task          *ecs.TaskDefinition
	command       *ecs.TaskDefinition
	cluster       *ecs.Cluster
	service       *ecs.Service
	// before holds what a task needs to start that its definition does not name.
	before []pulumi.Resource

	releaser release.Releaser
	// prepared is a release.Serving, of nothing in a preview.
	prepared pulumi.Output
	// serving is the app's service once all tasks of the version are healthy.
	serving pulumi.ResourceArrayOutput
}

// New builds a service. Nothing is registered when name or args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Service, error) {
	problems := args.Validate()
	if err := ValidName(name); err != nil {
		problems = errors.Join(fmt.Errorf("service: %w", err), problems)
	}
	if problems != nil {
		return nil, problems
	}
	s := &Service{name: name, args: args.withDefaults()}
	s.args.LogGroup = cmp.Or(s.args.LogGroup, "/slipway/"+name)
	var err error
	if s.found = s.args.Found; s.found != nil {
		s.Version = s.found.Version
	} else if s.Version, err = ContentTag(s.args.Context, s.args.platform()); err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register service %s: %w", name, err)
	}
	if s.account, err = policy.LookupAccount(ctx, pulumi.Parent(s)); err != nil {
		return nil, err
	}
	s.SubnetIDs = s.args.SubnetIDs.ToStringArrayOutput()
	s.ScheduleGroup = pulumi.String("").ToStringOutput()
	for _, step := range []func(*pulumi.Context) error{
		s.provideImage,
		s.createLogGroup,
		s.createSessionLogGroup,
		s.createSecurityGroup,
		s.createExecutionRole,
		s.createTaskRole,
		s.defineTask,
		s.defineCommand,
		s.createCluster,
		s.prepare,
		s.createService,
		s.scale,
		s.createWorkers,
		s.createSchedules,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"securityGroupId":       s.SecurityGroupID,
		"subnetIds":             s.SubnetIDs,
		"clusterName":           s.ClusterName,
		"serviceName":           s.ServiceName,
		"workerServices":        pulumi.StringMap(s.WorkerServices),
		"scheduleGroup":         s.ScheduleGroup,
		"commandTaskDefinition": s.CommandTaskDefinition,
		"logGroup":              s.LogGroup,
		"version":               pulumi.String(s.Version),
		"released":              urns(s.Released),
	})
}

func (s *Service) child() pulumi.ResourceOption { return pulumi.Parent(s) }

func (s *Service) createLogGroup(ctx *pulumi.Context) (err error) {
	s.logs, err = logs.NewGroup(ctx, s.name, logs.Args{
		Name:          pulumi.String(s.args.LogGroup),
		RetentionDays: s.args.LogRetentionDays,
		KeyARN:        s.args.KeyARN,
	}, s.child())
	if err != nil {
		return err
	}
	s.LogGroup = s.logs.Name
	return nil
}

// keepTaskCount leaves the number of tasks to the autoscaling: a deploy that
// reset it would take tasks away under load.
var keepTaskCount = pulumi.IgnoreChanges([]string{"desiredCount"})

// createService puts the app behind its target group, whose checks do not count
// for the first minute, as AWS Copilot and the CDK have it.
func (s *Service) createService(ctx *pulumi.Context) (err error) {
	args := s.rollout(s.task, s.args.MinTasks, capacity(s.args.Spot, s.args.OnDemandTasks))
	args.HealthCheckGracePeriodSeconds = pulumi.Int(60)
	args.LoadBalancers = ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
		TargetGroupArn: s.args.TargetGroupARN,
		ContainerName:  pulumi.String(AppContainer),
		ContainerPort:  pulumi.Int(s.args.Port),
	}}
	s.service, err = ecs.NewService(ctx, s.name, args, s.child(), pulumi.DependsOn(s.before), keepTaskCount)
	if err != nil {
		return fmt.Errorf("create service: %w", err)
	}
	s.ServiceName = s.service.Name
	s.Released, s.serving = s.released(ctx, s.service, s.task)
	return nil
}

// rollout is what every ECS service has in common: new tasks start beside the
// old ones (at least 100 %, at most 200 %), the update waits for them, and a
// failed one is rolled back. Every update is a new deployment, without which the
// provider replaces a service whose capacity changes:
// https://www.pulumi.com/registry/packages/aws/api-docs/ecs/service/#capacityproviderstrategies_go
func (s *Service) rollout(task *ecs.TaskDefinition, tasks int, capacity ecs.ServiceCapacityProviderStrategyArray) *ecs.ServiceArgs {
	return &ecs.ServiceArgs{
		Cluster:                         s.cluster.Arn,
		TaskDefinition:                  s.version(task),
		DesiredCount:                    pulumi.Int(tasks),
		CapacityProviderStrategies:      capacity,
		ForceNewDeployment:              pulumi.Bool(true),
		PlatformVersion:                 pulumi.String("LATEST"),
		EnableExecuteCommand:            pulumi.Bool(s.args.Exec),
		EnableEcsManagedTags:            pulumi.Bool(true),
		PropagateTags:                   pulumi.String("SERVICE"),
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		// The provider turns off what ECS has on by itself.
		AvailabilityZoneRebalancing: pulumi.String("ENABLED"),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable:   pulumi.Bool(true),
			Rollback: pulumi.Bool(true),
		},
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        s.args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(false),
		},
	}
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
