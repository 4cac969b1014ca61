package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The two kinds of capacity that Fargate has:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
const onDemand, spot = "FARGATE", "FARGATE_SPOT"

// createCluster is where tasks run. What names no capacity, such as a command
// that an operator starts, runs on-demand.
func (s *Service) createCluster(ctx *pulumi.Context) (err error) {
	insights := "enabled"
	if s.args.WithoutInsights {
		insights = "disabled"
	}
	s.cluster, err = ecs.NewCluster(ctx, s.name, &ecs.ClusterArgs{
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{
			Name:  pulumi.String("containerInsights"),
			Value: pulumi.String(insights),
		}},
		Configuration: s.sessionConfiguration(),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create cluster: %w", err)
	}
	s.ClusterName = s.cluster.Name
	providers, err := ecs.NewClusterCapacityProviders(ctx, s.name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       s.cluster.Name,
		CapacityProviders: pulumi.ToStringArray([]string{onDemand, spot}),
		DefaultCapacityProviderStrategies: ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArray{
			&ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs{
				CapacityProvider: pulumi.String(onDemand),
				Weight:           pulumi.Int(1),
			},
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("give the cluster capacity: %w", err)
	}
	// ECS takes no capacity from a cluster whose services use it, so services come
	// after it and go before it.
	s.before = append(s.before, providers)
	return nil
}

// capacity is the share of a service's tasks that each kind of capacity gets:
// first the base, then the rest by weight. On-demand alone is a strategy too, as
// a service that begins with a launch type must be replaced to get a strategy.
// That a weight of 0 leaves the base alone is what AWS Copilot relies on:
// https://github.com/aws/copilot-cli/blob/mainline/internal/pkg/deploy/cloudformation/stack/transformers.go
func capacity(useSpot bool, base int) ecs.ServiceCapacityProviderStrategyArray {
	share := func(provider string, base, weight int) *ecs.ServiceCapacityProviderStrategyArgs {
		return &ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(provider),
			Base:             pulumi.Int(base),
			Weight:           pulumi.Int(weight),
		}
	}
	switch {
	case !useSpot:
		return ecs.ServiceCapacityProviderStrategyArray{share(onDemand, 0, 1)}
	case base == 0:
		return ecs.ServiceCapacityProviderStrategyArray{share(spot, 0, 1)}
	default:
		return ecs.ServiceCapacityProviderStrategyArray{share(onDemand, base, 0), share(spot, 0, 1)}
	}
}
