package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/release"
)

// prepare runs the migration once for every version that the service does not
// run yet, before ECS hears of the version: when it fails, service and tasks stay
// as they are. It notes what the cluster runs before the deploy.
//
// The migration is a task of its own and not a container of the app's task, which
// would run in every task, also in those that autoscaling starts, and be tried
// again until the circuit breaker ends it.
//
// A preview does none of it, but depends on the same resources: a plan holds an
// update to them.
func (s *Service) prepare(ctx *pulumi.Context) error {
	if !ctx.DryRun() {
		s.releaser = release.Of(ctx, s.account.Region)
	}
	needs := []any{s.task.Arn, s.command.Arn, s.ClusterName, s.SubnetIDs, s.SecurityGroupID}
	for _, resource := range s.before {
		needs = append(needs, resource.URN())
	}
	s.prepared = pulumi.All(needs...).ApplyT(func(values []any) (release.Serving, error) {
		if s.releaser == nil {
			return release.Serving{}, nil
		}
		migration := release.Command{
			Cluster:        values[2].(string),
			TaskDefinition: values[1].(string),
			Container:      CommandContainer,
			Subnets:        values[3].([]string),
			SecurityGroup:  values[4].(string),
			Command:        s.args.Migrate,
			Timeout:        time.Duration(s.args.MigrateTimeoutMinutes) * time.Minute,
		}
		before, err := s.releaser.Look(ctx.Context(), migration.Cluster)
		if err == nil && len(s.args.Migrate) > 0 && !before.Runs(values[0].(string)) {
			err = s.releaser.Run(ctx.Context(), migration, progress(ctx, s, "migration"))
		}
		return before, complain(ctx, s, err)
	})
	return nil
}

// version is the task definition that a service is told to run, known when the
// way is free for it.
func (s *Service) version(task *ecs.TaskDefinition) pulumi.StringInput {
	return pulumi.All(task.Arn, s.prepared).ApplyT(func(values []any) string {
		return values[0].(string)
	}).(pulumi.StringOutput)
}

// released is the service once it runs the version, for others to wait for: it
// is known later than the service itself. serving is known earlier, when all tasks
// of the version are healthy and the old ones have yet to end. What waits depends on
// the service alone, in a preview as in an update: a plan holds an update to it.
func (s *Service) released(ctx *pulumi.Context, service *ecs.Service, task *ecs.TaskDefinition) (released, serving pulumi.ResourceArrayOutput) {
	if s.releaser == nil {
		at := pulumi.NewResourceArrayOutput(pulumi.NewResourceOutput(service))
		return at, at
	}
	// All of these are known before there is a service.
	told := make(chan release.Rollout, 1)
	pulumi.All(task.Arn, s.ClusterName, s.prepared).ApplyT(func(values []any) bool {
		told <- release.Rollout{
			TaskDefinition: values[0].(string),
			Cluster:        values[1].(string),
			Before:         values[2].(release.Serving),
			Timeout:        time.Duration(s.args.RolloutTimeoutMinutes) * time.Minute,
		}
		return true
	})
	serves, ended := make(chan struct{}), make(chan struct{})
	var failure error
	outcome := func() ([]pulumi.Resource, error) {
		return []pulumi.Resource{service}, complain(ctx, service, failure)
	}
	serving = service.Name.ApplyT(func(name string) ([]pulumi.Resource, error) {
		rollout := <-told
		rollout.Service, rollout.OnServing = name, func() { close(serves) }
		go func() {
			defer close(ended)
			failure = s.releaser.Await(ctx.Context(), rollout, progress(ctx, service, "rollout"))
		}()
		select {
		case <-serves:
			return []pulumi.Resource{service}, nil
		case <-ended:
			return outcome()
		}
	}).(pulumi.ResourceArrayOutput)
	released = serving.ApplyT(func([]pulumi.Resource) ([]pulumi.Resource, error) {
		<-ended
		return outcome()
	}).(pulumi.ResourceArrayOutput)
	return released, serving
}

// progress shows one line at a time beside the resource. A log that can't be
// written is no reason to stop.
func progress(ctx *pulumi.Context, resource pulumi.Resource, what string) release.Progress {
	return func(line string) {
		_ = ctx.Log.Info(what+": "+line, &pulumi.LogArgs{Resource: resource})
	}
}

// complain shows an error in full beside the resource, since Pulumi repeats what
// the program ends with, and returns its first line.
func complain(ctx *pulumi.Context, resource pulumi.Resource, err error) error {
	if err == nil {
		return nil
	}
	if failure := ctx.Log.Error(err.Error(), &pulumi.LogArgs{Resource: resource}); failure != nil {
		return errors.Join(err, fmt.Errorf("show the error: %w", failure))
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}

// both are the resources of both, known when all of them are.
func both(a, b pulumi.ResourceArrayOutput) pulumi.ResourceArrayOutput {
	return pulumi.All(a, b).ApplyT(func(values []any) []pulumi.Resource {
		return slices.Concat(values[0].([]pulumi.Resource), values[1].([]pulumi.Resource))
	}).(pulumi.ResourceArrayOutput)
}

// urns are what a component can hand out of resources.
func urns(resources pulumi.ResourceArrayOutput) pulumi.StringArrayOutput {
	return resources.ApplyT(func(resources []pulumi.Resource) pulumi.StringArrayOutput {
		var all pulumi.StringArray
		for _, resource := range resources {
			all = append(all, resource.URN().ToStringOutput())
		}
		return all.ToStringArrayOutput()
	}).(pulumi.StringArrayOutput)
}
