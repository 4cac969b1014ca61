package service

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of a Service in Pulumi's state.
const TypeToken = "slipway:service:Service"

// Service is one app on Fargate.
type Service struct {
	pulumi.ResourceState

	// SecurityGroupID is the security group of the tasks.
	SecurityGroupID pulumi.StringOutput
	// ClusterName is the name of the ECS cluster.
	ClusterName pulumi.StringOutput
	// ServiceName is the name of the ECS service.
	ServiceName pulumi.StringOutput
	// LogGroup is the name of the log group.
	LogGroup pulumi.StringOutput
	// Version is the tag of the image that runs, made of its content.
	Version string

	name          string
	args          *Args
	repository    *ecr.Repository
	image         *docker.Image
	logs          *cloudwatch.LogGroup
	executionRole *iam.Role
	taskRole      *iam.Role
	task          *ecs.TaskDefinition
	cluster       *ecs.Cluster
	service       *ecs.Service
	// before holds what a task needs to start that its definition does not name.
	before []pulumi.Resource
}

// New builds a service. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Service, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	s := &Service{name: name, args: args.withDefaults()}
	s.args.LogGroup = cmp.Or(s.args.LogGroup, "/slipway/"+name)
	version, err := ContentTag(s.args.Context, s.platform())
	if err != nil {
		return nil, err
	}
	s.Version = version
	if err := ctx.RegisterComponentResource(TypeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("register service %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		s.createRepository,
		s.buildImage,
		s.createLogGroup,
		s.createSecurityGroup,
		s.createExecutionRole,
		s.createTaskRole,
		s.defineTask,
		s.createCluster,
		s.createService,
		s.scale,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"clusterName": s.ClusterName,
		"serviceName": s.ServiceName,
		"logGroup":    s.LogGroup,
		"version":     pulumi.String(s.Version),
	})
}

func (s *Service) child() pulumi.ResourceOption { return pulumi.Parent(s) }

func (s *Service) platform() string { return "linux/" + string(s.args.Architecture) }

func (s *Service) createLogGroup(ctx *pulumi.Context) (err error) {
	s.logs, err = cloudwatch.NewLogGroup(ctx, s.name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(s.args.LogGroup),
		RetentionInDays: pulumi.Int(s.args.LogRetentionDays),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create log group: %w", err)
	}
	s.LogGroup = s.logs.Name
	return nil
}

// createSecurityGroup admits the load balancer and lets tasks out over HTTPS
// only: to AWS and to the image registry. Whatever else a task may reach adds
// its own rule.
func (s *Service) createSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, s.name, &ec2.SecurityGroupArgs{
		VpcId:       s.args.VPCID,
		Description: pulumi.String("Tasks: admits the load balancer only"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create task security group: %w", err)
	}
	s.SecurityGroupID = group.ID().ToStringOutput()
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, s.name+"-from-edge", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           s.SecurityGroupID,
		ReferencedSecurityGroupId: s.args.LoadBalancerSecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(s.args.Port),
		ToPort:                    pulumi.Int(s.args.Port),
		Description:               pulumi.String("Requests from the load balancer"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("admit the load balancer: %w", err)
	}
	toTasks, err := vpc.NewSecurityGroupEgressRule(ctx, s.name+"-from-edge-out", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           s.args.LoadBalancerSecurityGroupID,
		ReferencedSecurityGroupId: s.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(s.args.Port),
		ToPort:                    pulumi.Int(s.args.Port),
		Description:               pulumi.String("Requests to the tasks"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("let the load balancer reach the tasks: %w", err)
	}
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, s.name+"-https-out", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: s.SecurityGroupID,
		CidrIpv4:        pulumi.String("0.0.0.0/0"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
		Description:     pulumi.String("HTTPS to AWS"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("let tasks reach AWS: %w", err)
	}
	s.before = append(s.before, inbound, toTasks, outbound)
	for _, peer := range s.args.Peers {
		rules, err := peer.AllowFrom(ctx, s.name, s.SecurityGroupID)
		if err != nil {
			return err
		}
		s.before = append(s.before, rules...)
	}
	return nil
}

func (s *Service) createCluster(ctx *pulumi.Context) (err error) {
	s.cluster, err = ecs.NewCluster(ctx, s.name, &ecs.ClusterArgs{
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{
			Name:  pulumi.String("containerInsights"),
			Value: pulumi.String("enabled"),
		}},
	}, s.child())
	if err != nil {
		return fmt.Errorf("create cluster: %w", err)
	}
	s.ClusterName = s.cluster.Name
	return nil
}

// createService starts new tasks beside the old ones (at least 100 %, at most
// 200 %) and rolls a failed deployment back. The task count is autoscaling's.
func (s *Service) createService(ctx *pulumi.Context) (err error) {
	s.service, err = ecs.NewService(ctx, s.name, &ecs.ServiceArgs{
		Cluster:                         s.cluster.Arn,
		TaskDefinition:                  s.task.Arn,
		DesiredCount:                    pulumi.Int(s.args.MinTasks),
		LaunchType:                      pulumi.String("FARGATE"),
		PlatformVersion:                 pulumi.String("LATEST"),
		WaitForSteadyState:              pulumi.Bool(true),
		EnableEcsManagedTags:            pulumi.Bool(true),
		PropagateTags:                   pulumi.String("SERVICE"),
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		HealthCheckGracePeriodSeconds:   pulumi.Int(60),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable:   pulumi.Bool(true),
			Rollback: pulumi.Bool(true),
		},
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        s.args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(false),
		},
		LoadBalancers: ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: s.args.TargetGroupARN,
			ContainerName:  pulumi.String(appContainer),
			ContainerPort:  pulumi.Int(s.args.Port),
		}},
	}, s.child(), pulumi.DependsOn(s.before), pulumi.IgnoreChanges([]string{"desiredCount"}))
	if err != nil {
		return fmt.Errorf("create service: %w", err)
	}
	s.ServiceName = s.service.Name
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
