package oneoff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// logTail passes a container's log on as it grows.
type logTail struct {
	logs          Logs
	group, stream string
	next          *string
	missed        int
	// lines counts what was passed on.
	lines int
}

// findLog looks up where the container will log. A stream is called
// prefix/container/task:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func (r *Runner) findLog(ctx context.Context, args Args) (*logTail, error) {
	answer, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &args.TaskDefinition})
	if err != nil {
		return nil, refused("read the task definition", err)
	}
	containers := answer.TaskDefinition.ContainerDefinitions
	at := slices.IndexFunc(containers, func(c types.ContainerDefinition) bool { return aws.ToString(c.Name) == args.Container })
	if at < 0 {
		var names []string
		for _, container := range containers {
			names = append(names, aws.ToString(container.Name))
		}
		return nil, &problem.Problem{
			What: fmt.Sprintf("task definition %s has no container %q", args.TaskDefinition, args.Container),
			Todo: "name one of: " + strings.Join(names, ", "), Code: Failed,
		}
	}
	configuration := containers[at].LogConfiguration
	if configuration == nil || configuration.LogDriver != types.LogDriverAwslogs || configuration.Options["awslogs-stream-prefix"] == "" {
		return nil, &problem.Problem{
			What: fmt.Sprintf("container %q does not log to CloudWatch under a known name, so its output can't be shown", args.Container),
			Todo: "give it the log driver awslogs with awslogs-stream-prefix", Code: Failed,
		}
	}
	group := args.LogGroup
	if group == "" {
		group = configuration.Options["awslogs-group"]
	}
	return &logTail{logs: r.Logs, group: group, stream: configuration.Options["awslogs-stream-prefix"] + "/" + args.Container}, nil
}

// pass writes what is new. There is no stream before the container's first line.
func (l *logTail) pass(ctx context.Context, out io.Writer) error {
	for empty := 0; empty < emptyPages; {
		answer, err := l.page(ctx)
		var none *logtypes.ResourceNotFoundException
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			if l.missed++; l.missed >= patience {
				return fmt.Errorf("read log %s %s: %w", l.group, l.stream, err)
			}
			return nil
		}
		l.missed = 0
		for _, event := range answer.Events {
			if _, err := fmt.Fprintln(out, strings.TrimSuffix(aws.ToString(event.Message), "\n")); err != nil {
				return fmt.Errorf("write the output: %w", err)
			}
			l.lines++
		}
		if len(answer.Events) == 0 {
			empty++
		}
		end := aws.ToString(answer.NextForwardToken) == aws.ToString(l.next)
		if l.next = answer.NextForwardToken; end {
			return nil
		}
	}
	return nil
}

// emptyPages in a row end a look at the log. The end of a stream is where the
// token stays the same; pages before that may be empty.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
const emptyPages = 3

func (l *logTail) page(ctx context.Context) (*cloudwatchlogs.GetLogEventsOutput, error) {
	asking, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return l.logs.GetLogEvents(asking, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &l.group, LogStreamName: &l.stream, NextToken: l.next, StartFromHead: aws.Bool(true),
	})
}

// rest passes on what arrives after the task has ended, until it is quiet for so long.
func (l *logTail) rest(ctx context.Context, r *Runner, long time.Duration) error {
	for quiet := time.Now(); time.Since(quiet) < long; time.Sleep(r.Poll) {
		before := l.lines
		if err := l.pass(ctx, r.Out); err != nil {
			return err
		}
		if l.lines > before {
			quiet = time.Now()
		}
	}
	return nil
}
