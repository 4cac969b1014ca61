package release_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/components/release"
)

const (
	oldVersion = "arn:aws:ecs:us-east-1:111122223333:task-definition/app:1"
	newVersion = "arn:aws:ecs:us-east-1:111122223333:task-definition/app:2"
	taskARN    = "arn:aws:ecs:us-east-1:111122223333:task/cluster/"
)

// fakeAWS is a service that goes through states, one a look, and stays in the last.
type fakeAWS struct {
	mu      sync.Mutex
	states  []types.Service
	looks   int
	errors  int // how many looks fail before the first one succeeds
	told    []*ecs.UpdateServiceInput
	onTold  []types.Service
	stopped []types.Task
	// The log of the version's containers, by stream.
	logs map[string][]string

	secrets fakeSecrets

	exitCode int32
	noWay    int // how many tasks find no way to their image
	ran      []*ecs.RunTaskInput
	halted   []*ecs.StopTaskInput
	endless  bool
}

func (f *fakeAWS) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.errors > 0 {
		f.errors--
		return nil, errors.New("throttled")
	}
	if len(f.states) == 0 {
		return &ecs.DescribeServicesOutput{}, nil
	}
	at := min(f.looks, len(f.states)-1)
	f.looks++
	return &ecs.DescribeServicesOutput{Services: f.states[at : at+1]}, nil
}

func (f *fakeAWS) ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	if f.states == nil {
		return nil, &types.ClusterNotFoundException{}
	}
	arns := []string{}
	if len(f.states) > 0 {
		arns = append(arns, "arn:aws:ecs:us-east-1:111122223333:service/cluster/app")
	}
	return &ecs.ListServicesOutput{ServiceArns: arns}, nil
}

func (f *fakeAWS) UpdateService(_ context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, in)
	f.states, f.looks = f.onTold, 0
	return &ecs.UpdateServiceOutput{}, nil
}

func (f *fakeAWS) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if in.DesiredStatus != types.DesiredStatusStopped || aws.ToString(in.ServiceName) != "app" {
		return nil, errors.New("not asked for the service's stopped tasks")
	}
	var arns []string
	for _, task := range f.stopped {
		arns = append(arns, aws.ToString(task.TaskArn))
	}
	return &ecs.ListTasksOutput{TaskArns: arns}, nil
}

func (f *fakeAWS) DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ran) == 0 {
		return &ecs.DescribeTasksOutput{Tasks: f.stopped}, nil
	}
	status, code := "STOPPED", &f.exitCode
	if f.endless && len(f.halted) == 0 {
		status, code = "RUNNING", nil
	}
	if len(f.ran) <= f.noWay {
		return &ecs.DescribeTasksOutput{Tasks: []types.Task{{
			TaskArn: aws.String(taskARN + "m1"), LastStatus: aws.String("STOPPED"), StopCode: types.TaskStopCodeTaskFailedToStart,
			StoppedReason: aws.String("CannotPullContainerError: failed to do request: dial tcp 10.10.1.1:443: i/o timeout"),
			Containers:    []types.Container{{Name: aws.String("command")}},
		}}}, nil
	}
	return &ecs.DescribeTasksOutput{Tasks: []types.Task{{
		TaskArn: aws.String(taskARN + "m1"), LastStatus: aws.String(status),
		Containers: []types.Container{{Name: aws.String("command"), ExitCode: code}},
	}}}, nil
}

func (f *fakeAWS) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	container := "app"
	if strings.Contains(aws.ToString(in.TaskDefinition), "command") {
		container = "command"
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{{
		Name: &container,
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
			"awslogs-group": "/slipway/app", "awslogs-stream-prefix": container,
		}},
	}}}}, nil
}

func (f *fakeAWS) RunTask(_ context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran = append(f.ran, in)
	return &ecs.RunTaskOutput{Tasks: []types.Task{{TaskArn: aws.String(taskARN + "m1")}}}, nil
}

func (f *fakeAWS) StopTask(_ context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.halted = append(f.halted, in)
	return &ecs.StopTaskOutput{}, nil
}

func (f *fakeAWS) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	lines, known := f.logs[aws.ToString(in.LogStreamName)]
	if !known || aws.ToString(in.LogGroupName) != "/slipway/app" {
		return nil, &logtypes.ResourceNotFoundException{}
	}
	var events []logtypes.OutputLogEvent
	if in.NextToken == nil {
		for _, line := range lines {
			events = append(events, logtypes.OutputLogEvent{Message: aws.String(line)})
		}
	}
	return &cloudwatchlogs.GetLogEventsOutput{Events: events, NextForwardToken: aws.String("end")}, nil
}

func (f *fakeAWS) aws() *release.AWS {
	return &release.AWS{ECS: f, Logs: f, Secrets: &f.secrets, Poll: time.Millisecond, Quiet: 5 * time.Millisecond}
}

// deployment is one of a service's.
func deployment(id, status, version string, state types.DeploymentRolloutState, running, desired int32) types.Deployment {
	return types.Deployment{
		Id: &id, Status: &status, TaskDefinition: &version, RolloutState: state, RunningCount: running, DesiredCount: desired,
	}
}

func because(d types.Deployment, why string) types.Deployment {
	d.RolloutStateReason = &why
	return d
}

func service(deployments ...types.Deployment) types.Service {
	return types.Service{
		Status: aws.String("ACTIVE"), ServiceName: aws.String("app"), Deployments: deployments,
		Events: []types.ServiceEvent{{Message: aws.String("(service app) has started 1 tasks")}},
	}
}
