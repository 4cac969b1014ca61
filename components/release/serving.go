package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Serving is what the services of a cluster run.
type Serving struct {
	// TaskDefinitions are the ARNs that the services' primary deployments have,
	// without those that have failed.
	TaskDefinitions []string
	// Deployments are the IDs of all deployments, also of those that have failed.
	Deployments []string
}

// Runs reports whether a service runs the task definition.
func (s Serving) Runs(taskDefinition string) bool {
	return slices.Contains(s.TaskDefinitions, taskDefinition)
}

// Look tells what the services of a cluster run. A cluster that does not exist,
// or has none, runs nothing.
func (a *AWS) Look(ctx context.Context, cluster string) (Serving, error) {
	if err := a.connected(ctx); err != nil {
		return Serving{}, err
	}
	var found Serving
	pages := ecs.NewListServicesPaginator(a.ECS, &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(describedServices)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var none *types.ClusterNotFoundException
		if errors.As(err, &none) {
			return Serving{}, nil
		}
		if err != nil {
			return Serving{}, fmt.Errorf("list the services of cluster %s: %w", cluster, err)
		}
		if len(page.ServiceArns) == 0 {
			continue
		}
		services, err := a.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: page.ServiceArns})
		if err != nil {
			return Serving{}, fmt.Errorf("describe the services of cluster %s: %w", cluster, err)
		}
		for _, service := range services.Services {
			if primary := primaryOf(service); primary != nil && !failed(*primary) {
				found.TaskDefinitions = append(found.TaskDefinitions, aws.ToString(primary.TaskDefinition))
			}
			for _, deployment := range service.Deployments {
				found.Deployments = append(found.Deployments, aws.ToString(deployment.Id))
			}
		}
	}
	return found, nil
}

// describedServices is how many services DescribeServices takes at once:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const describedServices = 10

// primaryOf is the most recent deployment of a service that is not deleted.
func primaryOf(service types.Service) *types.Deployment {
	if aws.ToString(service.Status) != "ACTIVE" {
		return nil
	}
	for i, deployment := range service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			return &service.Deployments[i]
		}
	}
	return nil
}

// short is the last part of an ARN: "app:7", or a task's ID.
func short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
