package oneoff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
)

const (
	taskID     = "0123456789abcdef0123456789abcdef"
	taskARN    = "arn:aws:ecs:us-east-1:111122223333:task/staging-app/" + taskID
	definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/staging-app-command:7"
	group      = "/slipway/staging/app"
	stream     = "command/command/" + taskID
)

// moment is what a task and its log look like at one look.
type moment struct {
	status string
	// lines are those that the log has in all by then; nil for no stream yet.
	lines []string
	// err is what DescribeTasks answers instead, gone that it knows no such task.
	err  error
	gone bool
}

// fakeAWS behaves as ECS and CloudWatch Logs do for one task: it moves on by one
// moment whenever somebody looks, and stays in the last one.
type fakeAWS struct {
	mu      sync.Mutex
	moments []moment
	at      int
	// late are lines that CloudWatch shows some looks after the task has ended.
	late      []string
	lateAfter int
	// How the task ends.
	exitCode   *int32
	reason     string
	stopped    string
	stopCode   types.TaskStopCode
	containers []types.ContainerDefinition

	startErr, stopErr, logErr error
	failures                  []types.Failure
	// onRun and onLook run when the task was started and looked at.
	onRun  func()
	onLook func(look int)

	ran      []*ecs.RunTaskInput
	stops    []*ecs.StopTaskInput
	looks    int
	logLooks int
}

func newFake(moments ...moment) *fakeAWS {
	return &fakeAWS{
		moments: moments, exitCode: aws.Int32(0), stopped: "Essential container in task exited", stopCode: types.TaskStopCodeEssentialContainerExited,
		containers: []types.ContainerDefinition{{
			Name: aws.String("command"),
			LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
				"awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "command",
			}},
		}, {Name: aws.String("silent"), LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverSplunk}}},
	}
}

func refuse(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message}
}

func (f *fakeAWS) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if aws.ToString(in.TaskDefinition) != definition {
		return nil, refuse("ClientException", "Unable to describe task definition.")
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{TaskDefinitionArn: in.TaskDefinition, ContainerDefinitions: f.containers}}, nil
}

func (f *fakeAWS) RunTask(ctx context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran = append(f.ran, in)
	if f.onRun != nil {
		f.onRun()
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case f.startErr != nil:
		return nil, f.startErr
	case aws.ToString(in.Cluster) != "staging-app":
		return nil, refuse("ClusterNotFoundException", "Cluster not found.")
	case len(f.failures) > 0:
		return &ecs.RunTaskOutput{Failures: f.failures}, nil
	}
	for _, override := range in.Overrides.ContainerOverrides {
		if !slices.ContainsFunc(f.containers, func(c types.ContainerDefinition) bool { return *c.Name == *override.Name }) {
			return nil, refuse("InvalidParameterException", "Override for container named "+*override.Name+" is not a container in the TaskDefinition.")
		}
	}
	return &ecs.RunTaskOutput{Tasks: []types.Task{{TaskArn: aws.String(taskARN), LastStatus: aws.String("PROVISIONING")}}}, nil
}

func (f *fakeAWS) DescribeTasks(ctx context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if f.onLook != nil {
		f.onLook(f.looks)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !slices.Equal(in.Tasks, []string{taskARN}) || aws.ToString(in.Cluster) != "staging-app" {
		return nil, refuse("InvalidParameterException", fmt.Sprint(in.Tasks))
	}
	now := f.moments[f.at]
	if f.at < len(f.moments)-1 {
		f.at++
	}
	switch {
	case now.err != nil:
		return nil, now.err
	case now.gone:
		return &ecs.DescribeTasksOutput{Failures: []types.Failure{{Arn: aws.String(taskARN), Reason: aws.String("MISSING")}}}, nil
	}
	task := types.Task{TaskArn: aws.String(taskARN), LastStatus: aws.String(now.status), Containers: []types.Container{
		{Name: aws.String("silent"), ExitCode: aws.Int32(99)}, {Name: aws.String("command")},
	}}
	if now.status == "STOPPED" || now.status == "DEPROVISIONING" {
		task.Containers[1].ExitCode, task.Containers[1].Reason = f.exitCode, aws.String(f.reason)
	}
	if now.status == "STOPPED" {
		task.StoppedReason, task.StopCode = aws.String(f.stopped), f.stopCode
	}
	return &ecs.DescribeTasksOutput{Tasks: []types.Task{task}}, nil
}

func (f *fakeAWS) StopTask(ctx context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stops = append(f.stops, in)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case f.stopErr != nil:
		return nil, f.stopErr
	}
	lines := f.moments[f.at].lines
	f.moments, f.at = []moment{{status: "STOPPING", lines: lines}, {status: "STOPPED", lines: append(slices.Clone(lines), "bye")}}, 0
	f.exitCode, f.stopCode, f.stopped = aws.Int32(143), types.TaskStopCodeUserInitiated, *in.Reason
	return &ecs.StopTaskOutput{}, nil
}

// GetLogEvents gives two lines a page and the same token at the end.
func (f *fakeAWS) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.logErr != nil {
		return nil, f.logErr
	}
	shown := f.moments[max(0, f.at-1)]
	if f.at == len(f.moments)-1 && f.looks >= len(f.moments) {
		shown = f.moments[f.at]
	}
	lines := shown.lines
	if shown.status == "STOPPED" {
		if f.logLooks++; f.logLooks > f.lateAfter {
			lines = append(slices.Clone(lines), f.late...)
		}
	}
	if lines == nil || aws.ToString(in.LogGroupName) != group || aws.ToString(in.LogStreamName) != stream {
		return nil, &logtypes.ResourceNotFoundException{Message: aws.String("The specified log stream does not exist.")}
	}
	if !aws.ToBool(in.StartFromHead) {
		return nil, errors.New("the fake reads from the head only")
	}
	from := 0
	if in.NextToken != nil {
		number, isToken := strings.CutPrefix(*in.NextToken, "f/")
		if !isToken {
			return nil, refuse("InvalidParameterException", "The specified nextToken is invalid.")
		}
		from, _ = strconv.Atoi(number)
	}
	page := lines[min(from, len(lines)):min(from+2, len(lines))]
	out := &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: aws.String(fmt.Sprintf("f/%d", from+len(page)))}
	for _, line := range page {
		out.Events = append(out.Events, logtypes.OutputLogEvent{Message: aws.String(line)})
	}
	return out, nil
}

// neverStops takes requests to stop a task and does nothing about them.
type neverStops struct{ *fakeAWS }

func (neverStops) StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	return &ecs.StopTaskOutput{}, nil
}
