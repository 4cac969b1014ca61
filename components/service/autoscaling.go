package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cpuTargetPercent leaves room for the load that arrives while a task starts.
const cpuTargetPercent = 60

// scale follows the load: tasks are added within a minute and removed after
// five, so that a short lull does not cost the next peak.
func (s *Service) scale(ctx *pulumi.Context) error {
	target, err := appautoscaling.NewTarget(ctx, s.name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", s.ClusterName, s.ServiceName),
		MinCapacity:       pulumi.Int(s.args.MinTasks),
		MaxCapacity:       pulumi.Int(s.args.MaxTasks),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create scaling target: %w", err)
	}
	_, err = appautoscaling.NewPolicy(ctx, s.name+"-cpu", &appautoscaling.PolicyArgs{
		ServiceNamespace:  target.ServiceNamespace,
		ScalableDimension: target.ScalableDimension,
		ResourceId:        target.ResourceId,
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
			},
			TargetValue:      pulumi.Float64(cpuTargetPercent),
			ScaleOutCooldown: pulumi.Int(60),
			ScaleInCooldown:  pulumi.Int(300),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("create scaling policy: %w", err)
	}
	return nil
}
