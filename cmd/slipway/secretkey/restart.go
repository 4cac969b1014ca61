package secretkey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// ECS is what this package asks of ECS.
type ECS interface {
	ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error)
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error)
}

// describedServices is how many services DescribeServices takes at once:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const describedServices = 10

// services are the cluster's services that are not deleted.
func (r *Rotator) services(ctx context.Context, cluster string) ([]types.Service, error) {
	var found []types.Service
	pages := ecs.NewListServicesPaginator(r.ECS, &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(describedServices)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the services of cluster %s: %w", cluster, err)
		}
		if len(page.ServiceArns) == 0 {
			continue
		}
		answer, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: page.ServiceArns})
		if err != nil {
			return nil, fmt.Errorf("look at the services of cluster %s: %w", cluster, err)
		}
		for _, service := range answer.Services {
			if aws.ToString(service.Status) == "ACTIVE" {
				found = append(found, service)
			}
		}
	}
	if len(found) == 0 {
		return nil, &problem.Problem{What: fmt.Sprintf("cluster %s has no service", cluster), Todo: "deploy the stack first"}
	}
	return found, nil
}

// restart has every service replace its tasks, as a deploy does, and waits until the
// old ones have ended. A deploy that comes in between serves as well.
func (r *Rotator) restart(ctx context.Context, args Args) error {
	r.Say("all tasks are started anew, so that each knows the keys of now")
	limited, cancel := context.WithTimeout(ctx, args.Timeout)
	defer cancel()
	services, err := r.services(limited, args.Cluster)
	if err != nil {
		return err
	}
	begun := map[string]time.Time{}
	for _, service := range services {
		name := aws.ToString(service.ServiceName)
		told, err := r.ECS.UpdateService(limited, &ecs.UpdateServiceInput{Cluster: &args.Cluster, Service: &name, ForceNewDeployment: true})
		if err != nil {
			return fmt.Errorf("start the tasks of service %s anew: %w", name, err)
		}
		primary := primaryOf(*told.Service)
		if primary == nil {
			return fmt.Errorf("start the tasks of service %s anew: ECS names no deployment", name)
		}
		begun[name] = aws.ToTime(primary.CreatedAt)
	}
	for {
		services, err := r.services(limited, args.Cluster)
		done := false
		if err == nil {
			done, err = renewed(services, begun)
		}
		if err == nil && !done {
			err = wait(limited, args.Poll)
		}
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return &problem.Problem{
				What: fmt.Sprintf("the tasks are not all started anew after %s; the old ones go on serving", args.Timeout),
				Todo: "see make status, correct the cause, and run this again: it goes on from here",
			}
		}
		if done || err != nil {
			return err
		}
	}
}

// renewed tells whether all tasks of the services are of a deployment that began then
// or later, and is an error when ECS has given one up.
func renewed(services []types.Service, begun map[string]time.Time) (bool, error) {
	for _, service := range services {
		name, primary := aws.ToString(service.ServiceName), primaryOf(service)
		if primary == nil || aws.ToTime(primary.CreatedAt).Before(begun[name]) {
			return false, nil // an answer from before
		}
		if primary.RolloutState == types.DeploymentRolloutStateFailed {
			return false, &problem.Problem{
				What: fmt.Sprintf("the tasks of service %s don't start: %s", name, aws.ToString(primary.RolloutStateReason)),
				Todo: "see make status and make logs, correct the cause, deploy, and run this again: it goes on from here",
			}
		}
		if primary.RolloutState != types.DeploymentRolloutStateCompleted || len(service.Deployments) > 1 {
			return false, nil
		}
	}
	return true, nil
}

// primaryOf is the deployment that ECS brings a service to, nil while it has none.
func primaryOf(service types.Service) *types.Deployment {
	for i, deployment := range service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			return &service.Deployments[i]
		}
	}
	return nil
}

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
