package service

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// cpuTargetPercent leaves room for the load that arrives while a task starts.
	cpuTargetPercent = 60
	// requestsPer256CPU is cpuTargetPercent of a quarter of a processor in a
	// minute, 9 s, at 15 ms of processor time a request: both metrics then ask for
	// the same number of tasks. The requests tell when tasks wait for something
	// else than the processor. A load test tells an app's own number.
	requestsPer256CPU = 600
	// Tasks are added within a minute, the period of both metrics, and removed
	// after five, so that a short lull does not cost the next peak.
	scaleOutSeconds, scaleInSeconds = 60, 300
)

// scale lets the number of the app's tasks follow the load.
func (s *Service) scale(ctx *pulumi.Context) error {
	target, err := s.scaleOnCPU(ctx, s.name, s.service, s.args.MinTasks, s.args.MaxTasks)
	if err != nil || s.args.LoadBalancerARN == nil {
		return err
	}
	return s.follow(ctx, s.name+"-requests", target, float64(s.args.RequestsPerTarget),
		&appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ALBRequestCountPerTarget"),
			ResourceLabel:        s.requestLabel(),
		})
}

func (s *Service) scaleOnCPU(ctx *pulumi.Context, name string, service *ecs.Service, least, most int) (*appautoscaling.Target, error) {
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", s.ClusterName, service.Name),
		MinCapacity:       pulumi.Int(least),
		MaxCapacity:       pulumi.Int(most),
	}, s.child())
	if err != nil {
		return nil, fmt.Errorf("create scaling target %s: %w", name, err)
	}
	return target, s.follow(ctx, name+"-cpu", target, cpuTargetPercent,
		&appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
		})
}

// follow keeps a metric at a value. Of several policies the one that asks for
// the most tasks counts, and tasks are removed when all agree:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
func (s *Service) follow(ctx *pulumi.Context, name string, target *appautoscaling.Target, value float64, metric *appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs) error {
	_, err := appautoscaling.NewPolicy(ctx, name, &appautoscaling.PolicyArgs{
		ServiceNamespace:  target.ServiceNamespace,
		ScalableDimension: target.ScalableDimension,
		ResourceId:        target.ResourceId,
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: metric,
			TargetValue:                   pulumi.Float64(value),
			ScaleOutCooldown:              pulumi.Int(scaleOutSeconds),
			ScaleInCooldown:               pulumi.Int(scaleInSeconds),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("create scaling policy %s: %w", name, err)
	}
	return nil
}

// requestLabel joins the final portions of the two ARNs:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
func (s *Service) requestLabel() pulumi.StringOutput {
	return pulumi.All(s.args.LoadBalancerARN, s.args.TargetGroupARN).ApplyT(func(arns []any) (string, error) {
		balancer, group := arns[0].(string), arns[1].(string)
		_, balancerPortion, isBalancer := strings.Cut(balancer, ":loadbalancer/")
		_, groupPortion, isGroup := strings.Cut(group, ":targetgroup/")
		if !isBalancer || !isGroup {
			return "", fmt.Errorf("scale on requests: %q and %q must be the ARNs of a load balancer and of a target group", balancer, group)
		}
		return balancerPortion + "/targetgroup/" + groupPortion, nil
	}).(pulumi.StringOutput)
}
