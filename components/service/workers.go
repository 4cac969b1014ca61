package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createWorkers rolls every worker out once the app's new version serves, while
// the app's old tasks end: a version that never gets healthy never works on jobs.
func (s *Service) createWorkers(ctx *pulumi.Context) error {
	s.WorkerServices = make(map[string]pulumi.StringInput, len(s.args.Workers))
	for _, name := range sortedKeys(s.args.Workers) {
		created, err := s.createWorker(ctx, name, s.args.Workers[name])
		if err != nil {
			return err
		}
		s.WorkerServices[name] = created.Name
	}
	return nil
}

func (s *Service) createWorker(ctx *pulumi.Context, key string, worker *Worker) (*ecs.Service, error) {
	name := s.name + "-worker-" + key
	container := s.container(WorkerContainer, WorkerContainer+"-"+key, s.volumes())
	container["command"] = pulumi.ToStringArray(worker.Command)
	container["stopTimeout"] = pulumi.Int(worker.StopTimeoutSeconds)
	if len(worker.HealthCheck) > 0 {
		container["healthCheck"] = healthCheck(worker.HealthCheck)
	}
	task, err := s.define(ctx, name, worker.CPU, worker.MemoryMiB, pulumi.Array{container})
	if err != nil {
		return nil, err
	}
	scales := worker.MaxTasks > worker.MinTasks
	options := []pulumi.ResourceOption{s.child(), pulumi.DependsOn(s.before), pulumi.DependsOnInputs(s.serving)}
	if scales {
		options = append(options, keepTaskCount)
	}
	created, err := ecs.NewService(ctx, name, s.rollout(task, worker.MinTasks, capacity(worker.Spot, 0)), options...)
	if err != nil {
		return nil, fmt.Errorf("create worker %s: %w", key, err)
	}
	released, _ := s.released(ctx, created, task)
	s.Released = both(s.Released, released)
	if scales {
		_, err = s.scaleOnCPU(ctx, name, created, worker.MinTasks, worker.MaxTasks)
	}
	return created, err
}
