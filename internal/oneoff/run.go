package oneoff

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// Exit codes of the runner itself, as `docker run` has them, so that they are
// told apart from the command's own.
const (
	// Failed is for a command that did not run, or whose end was not seen.
	Failed = 125
	// Interrupted is for a command that was stopped from here.
	Interrupted = 130
)

const (
	// startedBy marks the tasks in ECS.
	startedBy = "slipway-manage"
	// startTimeout and requestTimeout bound requests whose answer is waited for
	// whatever happens here.
	startTimeout, requestTimeout = time.Minute, 15 * time.Second
	// patience is how many looks at the task may fail one after another.
	patience = 10
)

// Runner runs commands.
type Runner struct {
	ECS  ECS
	Logs Logs
	// Out gets the command's output, Progress what the runner does.
	Out, Progress io.Writer
	// Poll is the time between two looks at the task and its log.
	Poll time.Duration
	// Quiet is how long a log is silent before it counts as complete: CloudWatch
	// shows lines some seconds after the container wrote them.
	Quiet time.Duration
	// QuickSuccess does not wait for that when the command succeeded: its last
	// lines may be missing. Default: false, they are waited for.
	QuickSuccess bool
	// Remind is the time after which what is waited for is said again.
	Remind time.Duration
	// StopWithin is how long a stopped task is waited for: Fargate gives a
	// container 120 s at most.
	StopWithin time.Duration
}

// New makes a runner with the usual times.
func New(tasks ECS, logs Logs, out, progress io.Writer) *Runner {
	return &Runner{
		ECS: tasks, Logs: logs, Out: out, Progress: progress,
		Poll: time.Second, Quiet: 4 * time.Second, Remind: 30 * time.Second, StopWithin: 130 * time.Second,
	}
}

// Run runs a command to its end and returns its exit code. When ctx ends before
// that, the task is stopped.
func (r *Runner) Run(ctx context.Context, args Args) (int, error) {
	if err := args.Validate(); err != nil {
		return Failed, err
	}
	log, err := r.findLog(ctx, args)
	if err != nil {
		return Failed, err
	}
	arn, err := r.start(ctx, args)
	if err != nil {
		return Failed, err
	}
	watch := &watch{runner: r, args: args, arn: arn, log: log}
	log.stream += "/" + id(arn)
	return watch.untilStopped(ctx)
}

// start asks for the task. The answer is waited for even when ctx ends: else a
// task could run that nobody knows of.
func (r *Runner) start(ctx context.Context, args Args) (string, error) {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
	defer cancel()
	r.say("starting %s in cluster %s", strings.Join(args.Command, " "), args.Cluster)
	answer, err := r.ECS.RunTask(asking, &ecs.RunTaskInput{
		Cluster:        &args.Cluster,
		TaskDefinition: &args.TaskDefinition,
		LaunchType:     types.LaunchTypeFargate,
		Count:          aws.Int32(1),
		StartedBy:      aws.String(startedBy),
		PropagateTags:  types.PropagateTagsTaskDefinition,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets:        args.Subnets,
			SecurityGroups: []string{args.SecurityGroup},
			AssignPublicIp: types.AssignPublicIpDisabled,
		}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{
			Name:    &args.Container,
			Command: args.Command,
		}}},
	})
	if err != nil {
		return "", refused("start the task", err)
	}
	if len(answer.Failures) > 0 {
		return "", notStarted(answer.Failures[0])
	}
	if len(answer.Tasks) == 0 {
		return "", &problem.Problem{What: "ECS started no task and named no reason", Todo: "try again", Code: Failed}
	}
	return aws.ToString(answer.Tasks[0].TaskArn), nil
}

func (r *Runner) say(format string, args ...any) {
	fmt.Fprintf(r.Progress, "==> "+format+"\n", args...)
}

// id is the last part of an ARN.
func id(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
