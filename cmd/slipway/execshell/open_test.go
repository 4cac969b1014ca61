package execshell_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"gitlab.com/slipway/slipway/cmd/slipway/execshell"
)

const prefix = "arn:aws:ecs:us-east-1:111122223333:task/staging-app/"

// fakeECS knows one service in one cluster.
type fakeECS struct {
	tasks   []types.Task
	refusal error
	got     *ecs.ExecuteCommandInput
}

func (f *fakeECS) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	switch {
	case aws.ToString(in.Cluster) != "staging-app":
		return nil, &smithy.GenericAPIError{Code: "ClusterNotFoundException", Message: "Cluster not found."}
	case aws.ToString(in.ServiceName) != "staging-app":
		return nil, &smithy.GenericAPIError{Code: "ServiceNotFoundException", Message: "Service not found."}
	}
	out := &ecs.ListTasksOutput{}
	for _, task := range f.tasks {
		if in.DesiredStatus == types.DesiredStatusRunning {
			out.TaskArns = append(out.TaskArns, *task.TaskArn)
		}
	}
	return out, nil
}

func (f *fakeECS) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	out := &ecs.DescribeTasksOutput{}
	for _, task := range f.tasks {
		if slices.Contains(in.Tasks, *task.TaskArn) || slices.Contains(in.Tasks, (*task.TaskArn)[len(prefix):]) {
			out.Tasks = append(out.Tasks, task)
		}
	}
	return out, nil
}

func (f *fakeECS) ExecuteCommand(_ context.Context, in *ecs.ExecuteCommandInput, _ ...func(*ecs.Options)) (*ecs.ExecuteCommandOutput, error) {
	f.got = in
	if f.refusal != nil {
		return nil, f.refusal
	}
	return &ecs.ExecuteCommandOutput{Session: &types.Session{
		SessionId: aws.String("ecs-execute-command-1"), StreamUrl: aws.String("wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/1"), TokenValue: aws.String("token"),
	}}, nil
}

func task(id string, minute int, change func(*types.Task)) types.Task {
	t := types.Task{
		TaskArn: aws.String(prefix + id), ClusterArn: aws.String("arn:aws:ecs:us-east-1:111122223333:cluster/staging-app"),
		LastStatus: aws.String("RUNNING"), EnableExecuteCommand: true, StartedAt: aws.Time(time.Date(2026, 11, 23, 12, minute, 0, 0, time.UTC)),
		Containers: []types.Container{
			{Name: aws.String("migrate"), LastStatus: aws.String("STOPPED")},
			{Name: aws.String("app"), LastStatus: aws.String("RUNNING"), RuntimeId: aws.String(id + "-runtime"), ManagedAgents: []types.ManagedAgent{
				{Name: types.ManagedAgentNameExecuteCommandAgent, LastStatus: aws.String("RUNNING")},
			}},
		},
	}
	if change != nil {
		change(&t)
	}
	return t
}

func shell(change func(*execshell.Args)) execshell.Args {
	args := execshell.Args{Cluster: "staging-app", Service: "staging-app", Container: "app", Command: "/bin/sh"}
	if change != nil {
		change(&args)
	}
	return args
}

func TestShellOpensInTheNewestTaskThatCanBeEntered(t *testing.T) {
	fake := &fakeECS{tasks: []types.Task{
		task("old", 1, nil), task("new", 5, nil),
		task("starting", 9, func(t *types.Task) { t.Containers[1].ManagedAgents[0].LastStatus = aws.String("PENDING") }),
	}}
	var progress bytes.Buffer
	got, err := execshell.Open(t.Context(), fake, shell(nil), &progress)
	if err != nil {
		t.Fatal(err)
	}
	want := execshell.Session{ID: "ecs-execute-command-1", URL: "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/1", Token: "token", Target: "ecs:staging-app_new_new-runtime"}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if in := fake.got; *in.Task != prefix+"new" || *in.Cluster != "staging-app" || *in.Container != "app" || *in.Command != "/bin/sh" || !in.Interactive {
		t.Errorf("got %+v", in)
	}
	if progress.String() != "==> /bin/sh in container app of task new; leave it with exit\n" {
		t.Errorf("got %q", progress.String())
	}
}

func TestShellOpensInTheTaskThatIsNamed(t *testing.T) {
	fake := &fakeECS{tasks: []types.Task{task("old", 1, nil), task("new", 5, nil)}}
	got, err := execshell.Open(t.Context(), fake, shell(func(a *execshell.Args) { a.Task, a.Service = "old", "" }), &bytes.Buffer{})
	if err != nil || got.Target != "ecs:staging-app_old_old-runtime" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestShellThatCannotOpen(t *testing.T) {
	agent := "\n  next: try again in a minute; if it stays so, see whether the private subnets have a way to Session Manager (ssmmessages) and the task role may use it"
	for name, test := range map[string]struct {
		fake *fakeECS
		args execshell.Args
		want string
	}{
		"nothing given": {&fakeECS{}, execshell.Args{}, "execshell.Cluster: required\nexecshell.Service: required\nexecshell.Container: required\nexecshell.Command: required"},
		"no such cluster": {&fakeECS{}, shell(func(a *execshell.Args) { a.Cluster = "other" }),
			"can't list the service's tasks: api error ClusterNotFoundException: Cluster not found.\n  next: deploy the stack first, or name the right cluster with --cluster"},
		"no such service": {&fakeECS{}, shell(func(a *execshell.Args) { a.Service = "other" }),
			"can't list the service's tasks: api error ServiceNotFoundException: Service not found.\n  next: deploy the stack first, or name the right service with --service"},
		"no task": {&fakeECS{}, shell(nil), "service staging-app has no running task\n  next: look at its events and its log: is the last deployment healthy?"},
		"no such task": {&fakeECS{tasks: []types.Task{task("a", 1, nil)}}, shell(func(a *execshell.Args) { a.Task = "b" }),
			"cluster staging-app has no task b\n  next: leave --task out to take the newest"},
		"no such container": {&fakeECS{tasks: []types.Task{task("a", 1, nil)}}, shell(func(a *execshell.Args) { a.Container = "web" }),
			"task a has no container \"web\"\n  next: name one of these with --container: migrate, app"},
		"started without": {&fakeECS{tasks: []types.Task{task("a", 1, func(t *types.Task) { t.EnableExecuteCommand = false })}}, shell(nil),
			"task a was started without ECS Exec\n  next: deploy the stack again: tasks that start now have it"},
		"ended container": {&fakeECS{tasks: []types.Task{task("a", 1, nil)}}, shell(func(a *execshell.Args) { a.Container = "migrate" }),
			"container \"migrate\" of task a is not running (STOPPED)\n  next: try again when the deployment is through"},
		"agent not up": {&fakeECS{tasks: []types.Task{task("a", 1, func(t *types.Task) { t.Containers[1].ManagedAgents = nil })}}, shell(nil),
			"the agent for ECS Exec does not run in container \"app\" of task a" + agent},
		"agent not connected": {&fakeECS{tasks: []types.Task{task("a", 1, nil)}, refusal: &smithy.GenericAPIError{Code: "TargetNotConnectedException", Message: "no"}}, shell(nil),
			"can't open a shell: api error TargetNotConnectedException: no" + agent},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := execshell.Open(t.Context(), test.fake, test.args, &bytes.Buffer{})
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestFileIsNoTerminal(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := execshell.CheckTerminal(file, file); err == nil {
		t.Error("no error")
	}
}
