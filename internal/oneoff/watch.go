package oneoff

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// waitingFor says what a task does in a state.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
var waitingFor = map[string]string{
	"PROVISIONING":   "waiting for a machine and a network interface",
	"PENDING":        "pulling the image",
	"ACTIVATING":     "starting",
	"RUNNING":        "running; its output follows",
	"DEACTIVATING":   "ending",
	"STOPPING":       "ending",
	"DEPROVISIONING": "ended; its machine is being released",
	"STOPPED":        "ended",
}

// watch is one task from its start to its end.
type watch struct {
	runner *Runner
	args   Args
	arn    string
	log    *logTail

	status string
	said   time.Time
	missed int
	// stopped is set when the task was asked to stop from here.
	stopped bool
}

// untilStopped looks at the task until it has ended. The first end of ctx stops
// the task, which may take its time to finish.
func (w *watch) untilStopped(ctx context.Context) (int, error) {
	looking := context.WithoutCancel(ctx)
	var giveUp <-chan time.Time
	interrupted := ctx.Done()
	tick := time.NewTicker(w.runner.Poll)
	defer tick.Stop()
	for {
		select {
		case <-interrupted:
			interrupted = nil
			if err := w.stop(looking); err != nil {
				return Interrupted, err
			}
			giveUp = time.After(w.runner.StopWithin)
		case <-giveUp:
			return Interrupted, &problem.Problem{
				What: fmt.Sprintf("task %s was asked to stop and has not ended within %s", id(w.arn), w.runner.StopWithin),
				Todo: "look at it with: " + w.describeCommand(), Code: Interrupted,
			}
		case <-tick.C:
			task, err := w.look(looking)
			if err != nil {
				return Failed, err
			}
			if task == nil {
				continue
			}
			w.report(aws.ToString(task.LastStatus))
			if err := w.log.pass(looking, w.runner.Out); err != nil {
				return Failed, w.lost(err)
			}
			code := exitCode(*task, w.args.Container)
			if code != nil || aws.ToString(task.LastStatus) == "STOPPED" {
				if err := w.log.rest(looking, w.runner, w.quiet(code)); err != nil {
					return Failed, w.lost(err)
				}
				return w.result(*task)
			}
		}
	}
}

// exitCode is the command's, known as soon as it has ended: Fargate takes some more
// seconds to release the machine, for which nobody has to wait.
func exitCode(task types.Task, container string) *int32 {
	for _, each := range task.Containers {
		if aws.ToString(each.Name) == container {
			return each.ExitCode
		}
	}
	return nil
}

func (w *watch) quiet(code *int32) time.Duration {
	if code != nil && *code == 0 && w.runner.QuickSuccess {
		return 0
	}
	return w.runner.Quiet
}

// look asks for the task. A single failure is passed over: the task runs on.
func (w *watch) look(ctx context.Context) (*types.Task, error) {
	asking, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer, err := w.runner.ECS.DescribeTasks(asking, &ecs.DescribeTasksInput{Cluster: &w.args.Cluster, Tasks: []string{w.arn}})
	if err == nil && len(answer.Tasks) == 1 {
		w.missed = 0
		return &answer.Tasks[0], nil
	}
	if err == nil {
		err = fmt.Errorf("ECS does not know task %s", id(w.arn))
	}
	if w.missed++; w.missed >= patience {
		return nil, w.lost(err)
	}
	return nil, nil
}

// lost is the error for a task that may still run.
func (w *watch) lost(err error) error {
	return &problem.Problem{
		What: fmt.Sprintf("lost sight of task %s, which may still run", id(w.arn)),
		Todo: "look at it with: " + w.describeCommand(), Code: Failed, Cause: err,
	}
}

func (w *watch) describeCommand() string {
	return fmt.Sprintf("aws ecs describe-tasks --cluster %s --tasks %s", w.args.Cluster, id(w.arn))
}

// report says what the task does when that changes, and again after a while.
func (w *watch) report(status string) {
	if status == w.status && (status == "RUNNING" || time.Since(w.said) < w.runner.Remind) {
		return
	}
	doing, known := waitingFor[status]
	if !known {
		doing = status
	}
	if status == w.status {
		doing = "still " + doing
	}
	w.status, w.said = status, time.Now()
	w.runner.say("task %s: %s", id(w.arn), doing)
}

func (w *watch) stop(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	w.stopped = true
	_, err := w.runner.ECS.StopTask(asking, &ecs.StopTaskInput{
		Cluster: &w.args.Cluster, Task: &w.arn, Reason: aws.String("interrupted where it was started"),
	})
	if err != nil {
		return &problem.Problem{
			What:  fmt.Sprintf("interrupted, but task %s could not be stopped and still runs", id(w.arn)),
			Todo:  fmt.Sprintf("stop it with: aws ecs stop-task --cluster %s --task %s", w.args.Cluster, id(w.arn)),
			Code:  Interrupted,
			Cause: err,
		}
	}
	w.runner.say("interrupted: asked task %s to stop, waiting until it has; interrupt again to leave it alone", id(w.arn))
	return nil
}

// result is the command's exit code, or why there is none.
func (w *watch) result(task types.Task) (int, error) {
	if w.stopped {
		return Interrupted, &problem.Problem{What: fmt.Sprintf("interrupted: task %s is stopped", id(w.arn)), Code: Interrupted}
	}
	for _, container := range task.Containers {
		if aws.ToString(container.Name) != w.args.Container || container.ExitCode == nil {
			continue
		}
		code := int(*container.ExitCode)
		if why := aws.ToString(container.Reason); why != "" {
			return code, ended(why, code)
		}
		w.runner.say("task %s ended with exit code %d", id(w.arn), code)
		return code, nil
	}
	return Failed, notRun(task, w.args.Container)
}
