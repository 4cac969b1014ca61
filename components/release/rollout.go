package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Rollout is a version that a service is to run.
type Rollout struct {
	// Cluster and Service are names or ARNs. Required.
	Cluster, Service string
	// TaskDefinition is the ARN of the version. Required.
	TaskDefinition string
	// Before is what the cluster ran before the service was told. Required.
	Before Serving
	// Timeout is how long the rollout may take. Default: 15 minutes.
	Timeout time.Duration
	// OnServing is called once, as soon as all tasks of the version are healthy,
	// which is before the old ones have ended, and before Await returns nil.
	// Default: nothing is called.
	OnServing func()
}

// patience is how many looks may fail one after another.
const patience = 10

// certainty is how many looks one after another must show the old version before
// it counts as not told: ECS answers from copies that may be seconds behind, and
// telling it a second time would start all tasks anew.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const certainty = 5

// Await returns nil once the service's primary deployment runs the version and
// ECS calls it completed: as many tasks as are wanted run and are healthy. When
// nobody has told the service since Before, because Pulumi takes a version for
// deployed that was rolled back or failed, it is told again.
func (a *AWS) Await(ctx context.Context, r Rollout, progress Progress) error {
	if err := a.connected(ctx); err != nil {
		return err
	}
	if r.Timeout == 0 {
		r.Timeout = defaultTimeout
	}
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	watch := &watch{AWS: a, Rollout: r, progress: progress}
	for {
		done, err := watch.look(limited)
		if err == nil && !done {
			err = a.wait(limited)
		}
		switch {
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			return watch.failure(ctx, fmt.Sprintf("is not done after %s (%s)", r.Timeout, watch.said))
		case err != nil, done:
			return err
		}
	}
}

// watch is one rollout while it is waited for.
type watch struct {
	*AWS
	Rollout
	progress Progress
	said     string
	missed   int
	untold   int
	told     bool
	served   bool
}

// look asks once. A single failure is passed over.
func (w *watch) look(ctx context.Context) (done bool, err error) {
	answer, err := w.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &w.Cluster, Services: []string{w.Service}})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err == nil && len(answer.Services) == 0 {
		err = errors.New("ECS does not know it")
	}
	if err != nil {
		if w.missed++; w.missed >= patience {
			return false, fmt.Errorf("look at service %s: %w", short(w.Service), err)
		}
		return false, nil
	}
	w.missed = 0
	return w.judge(ctx, answer.Services[0])
}

func (w *watch) judge(ctx context.Context, service types.Service) (done bool, err error) {
	primary := primaryOf(service)
	if primary == nil {
		return false, fmt.Errorf("service %s is deleted: run `pulumi refresh`, then deploy again", short(w.Service))
	}
	for _, deployment := range service.Deployments {
		if w.isOurs(deployment) && failed(deployment) && !w.isOld(deployment) {
			return false, w.failure(ctx, "failed: "+reason(deployment))
		}
	}
	switch {
	case w.isOurs(*primary) && !failed(*primary):
		w.untold = 0
		w.report(*primary)
		done = primary.RolloutState == types.DeploymentRolloutStateCompleted
		if done || relieved(service) {
			w.serves()
		}
		return done, nil
	case !w.isOld(*primary):
		return false, w.failure(ctx, "was rolled back: "+reason(*primary))
	case !w.told:
		if w.untold++; w.untold >= certainty {
			return false, w.tell(ctx, *primary)
		}
	}
	return false, nil
}

// isOld reports whether the deployment was there before the service was told.
func (w *watch) isOld(deployment types.Deployment) bool {
	return slices.Contains(w.Before.Deployments, aws.ToString(deployment.Id))
}

// serves lets others know, the first time.
func (w *watch) serves() {
	if !w.served && w.OnServing != nil {
		w.OnServing()
	}
	w.served = true
}

// relieved reports whether ECS has told all old tasks to end, which with a minimum
// of 100 % it does once the new ones are healthy. Without old ones nothing says so
// before the rollout is completed:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func relieved(service types.Service) bool {
	for _, deployment := range service.Deployments {
		primary := aws.ToString(deployment.Status) == "PRIMARY"
		if primary && deployment.RunningCount < deployment.DesiredCount || !primary && deployment.DesiredCount > 0 {
			return false
		}
	}
	return len(service.Deployments) > 1
}

func failed(deployment types.Deployment) bool {
	return deployment.RolloutState == types.DeploymentRolloutStateFailed
}

func (w *watch) isOurs(deployment types.Deployment) bool {
	return aws.ToString(deployment.TaskDefinition) == w.TaskDefinition
}

// tell rolls the version out that Pulumi takes for deployed.
func (w *watch) tell(ctx context.Context, primary types.Deployment) error {
	w.progress(fmt.Sprintf("an earlier rollout did not succeed (%s): rolling out %s again", reason(primary), short(w.TaskDefinition)))
	w.told = true
	_, err := w.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: &w.Cluster, Service: &w.Service, TaskDefinition: &w.TaskDefinition, ForceNewDeployment: true,
	})
	if err != nil {
		return fmt.Errorf("roll out %s again: %w", short(w.TaskDefinition), err)
	}
	return nil
}

// report says how far the rollout is when that changes.
func (w *watch) report(primary types.Deployment) {
	line := fmt.Sprintf("%d of %d tasks of %s run", primary.RunningCount, primary.DesiredCount, short(w.TaskDefinition))
	if primary.FailedTasks > 0 {
		line += fmt.Sprintf(", %d have failed", primary.FailedTasks)
	}
	if primary.RunningCount >= primary.DesiredCount && primary.RolloutState == types.DeploymentRolloutStateInProgress {
		line += "; waiting until they are healthy and the old ones have ended"
	}
	if line != w.said {
		w.said = line
		w.progress(line)
	}
}

func reason(deployment types.Deployment) string {
	if text := aws.ToString(deployment.RolloutStateReason); text != "" {
		return text
	}
	return "ECS names no reason"
}
