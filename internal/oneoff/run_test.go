package oneoff_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/internal/oneoff"
	"gitlab.com/slipway/slipway/internal/problem"
)

func args() oneoff.Args {
	return oneoff.Args{
		Cluster: "staging-app", TaskDefinition: definition, Container: "command",
		Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroup: "sg-1",
		Command: []string{"python", "manage.py", "check", "--deploy"},
	}
}

type result struct {
	code          int
	err           error
	out, progress string
}

func run(ctx context.Context, fake *fakeAWS, args oneoff.Args) result {
	var out, progress bytes.Buffer
	runner := oneoff.New(fake, fake, &out, &progress)
	runner.Poll, runner.Quiet, runner.Remind, runner.StopWithin = time.Millisecond, 40*time.Millisecond, time.Hour, time.Second
	code, err := runner.Run(ctx, args)
	return result{code, err, out.String(), progress.String()}
}

func (r result) check(t *testing.T, code int, err, out string) {
	t.Helper()
	if r.code != code {
		t.Errorf("got exit code %d, want %d", r.code, code)
	}
	if got := errorText(r.err); got != err {
		t.Errorf("got error\n%s\nwant\n%s", got, err)
	}
	if r.out != out {
		t.Errorf("got output %q, want %q", r.out, out)
	}
	if r.err != nil {
		if got, _ := problem.Code(r.err); got != code {
			t.Errorf("the error's exit code is %d, want %d", got, code)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

var life = []moment{
	{status: "PROVISIONING"}, {status: "PENDING"}, {status: "PENDING"},
	{status: "RUNNING", lines: []string{"one"}}, {status: "RUNNING", lines: []string{"one", "two\n", "three"}},
	{status: "DEPROVISIONING", lines: []string{"one", "two\n", "three", "four", "five"}},
	{status: "STOPPED", lines: []string{"one", "two\n", "three", "four", "five"}},
}

func TestCommandRunsToItsEnd(t *testing.T) {
	fake := newFake(life...)
	got := run(t.Context(), fake, args())
	got.check(t, 0, "", "one\ntwo\nthree\nfour\nfive\n")
	want := `==> starting python manage.py check --deploy in cluster staging-app
==> task 0123456789abcdef0123456789abcdef: waiting for a machine and a network interface
==> task 0123456789abcdef0123456789abcdef: pulling the image
==> task 0123456789abcdef0123456789abcdef: running; its output follows
==> task 0123456789abcdef0123456789abcdef: ended; its machine is being released
==> task 0123456789abcdef0123456789abcdef ended with exit code 0
`
	if got.progress != want {
		t.Errorf("got  %s\nwant %s", got.progress, want)
	}
	if len(fake.ran) != 1 || len(fake.stops) != 0 {
		t.Fatalf("started %d tasks, stopped %d", len(fake.ran), len(fake.stops))
	}
	in := fake.ran[0]
	network := in.NetworkConfiguration.AwsvpcConfiguration
	override := in.Overrides.ContainerOverrides[0]
	for what, pair := range map[string][2]string{
		"cluster":         {*in.Cluster, "staging-app"},
		"task definition": {*in.TaskDefinition, definition},
		"launch type":     {string(in.LaunchType), "FARGATE"},
		"started by":      {*in.StartedBy, "slipway-manage"},
		"tags":            {string(in.PropagateTags), "TASK_DEFINITION"},
		"subnets":         {strings.Join(network.Subnets, " "), "subnet-1 subnet-2"},
		"security groups": {strings.Join(network.SecurityGroups, " "), "sg-1"},
		"public address":  {string(network.AssignPublicIp), "DISABLED"},
		"container":       {*override.Name, "command"},
		"command":         {strings.Join(override.Command, "|"), "python|manage.py|check|--deploy"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if *in.Count != 1 || len(in.Overrides.ContainerOverrides) != 1 {
		t.Errorf("got count %d and %d overrides", *in.Count, len(in.Overrides.ContainerOverrides))
	}
}

func TestExitCodeIsTheCommands(t *testing.T) {
	fake := newFake(life...)
	fake.exitCode = aws.Int32(3)
	run(t.Context(), fake, args()).check(t, 3, "", "one\ntwo\nthree\nfour\nfive\n")
}

func TestLateLinesAreNotLost(t *testing.T) {
	fake := newFake(moment{status: "RUNNING"}, moment{status: "STOPPED", lines: []string{"early"}})
	fake.late, fake.lateAfter = []string{"late", "last"}, 5
	run(t.Context(), fake, args()).check(t, 0, "", "early\nlate\nlast\n")
}

func TestTheReleaseOfTheMachineIsNotWaitedFor(t *testing.T) {
	fake := newFake(moment{status: "RUNNING"}, moment{status: "DEPROVISIONING", lines: []string{"done"}})
	run(t.Context(), fake, args()).check(t, 0, "", "done\n")
}

func TestQuickSuccessDoesNotWaitForLateLines(t *testing.T) {
	for code, want := range map[int32]string{0: "early\n", 3: "early\nlate\n"} {
		fake := newFake(moment{status: "RUNNING"}, moment{status: "STOPPED", lines: []string{"early"}})
		fake.late, fake.lateAfter, fake.exitCode = []string{"late"}, 5, aws.Int32(code)
		var out, progress bytes.Buffer
		runner := oneoff.New(fake, fake, &out, &progress)
		runner.Poll, runner.Quiet, runner.QuickSuccess = time.Millisecond, 40*time.Millisecond, true
		if _, err := runner.Run(t.Context(), args()); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("exit code %d: got %q, want %q", code, out.String(), want)
		}
	}
}

func TestCommandWithoutOutputEnds(t *testing.T) {
	run(t.Context(), newFake(moment{status: "STOPPED"}), args()).check(t, 0, "", "")
}

func TestLongWaitIsSaidAgain(t *testing.T) {
	fake := newFake(moment{status: "PENDING"}, moment{status: "PENDING"}, moment{status: "PENDING"}, moment{status: "STOPPED"})
	var out, progress bytes.Buffer
	runner := oneoff.New(fake, fake, &out, &progress)
	runner.Poll, runner.Quiet, runner.Remind = time.Millisecond, time.Millisecond, 0
	if _, err := runner.Run(t.Context(), args()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(progress.String(), "still pulling the image"); got != 2 {
		t.Errorf("said %d times in\n%s", got, progress.String())
	}
}

func TestInterruptStopsTheTask(t *testing.T) {
	fake := newFake(moment{status: "PENDING"}, moment{status: "RUNNING", lines: []string{"one"}})
	ctx, cancel := context.WithCancel(t.Context())
	fake.onLook = func(look int) {
		if look == 5 {
			cancel()
		}
	}
	got := run(ctx, fake, args())
	got.check(t, 130, "interrupted: task "+taskID+" is stopped", "one\nbye\n")
	if len(fake.stops) != 1 || *fake.stops[0].Task != taskARN || *fake.stops[0].Cluster != "staging-app" || *fake.stops[0].Reason == "" {
		t.Errorf("stopped %+v", fake.stops)
	}
	if !strings.Contains(got.progress, "==> interrupted: asked task "+taskID+" to stop, waiting until it has; interrupt again to leave it alone\n") {
		t.Errorf("got %s", got.progress)
	}
}

// The request that starts the task is on its way when the interrupt comes: the
// task must not be left behind.
func TestInterruptWhileStartingStopsTheTask(t *testing.T) {
	fake := newFake(moment{status: "PROVISIONING"})
	ctx, cancel := context.WithCancel(t.Context())
	fake.onRun = cancel
	run(ctx, fake, args()).check(t, 130, "interrupted: task "+taskID+" is stopped", "bye\n")
	if len(fake.stops) != 1 {
		t.Errorf("stopped %d times", len(fake.stops))
	}
}

func TestTaskThatCannotBeStoppedIsNamed(t *testing.T) {
	fake := newFake(moment{status: "RUNNING"})
	fake.stopErr = refuse("AccessDeniedException", "no")
	ctx, cancel := context.WithCancel(t.Context())
	fake.onLook = func(int) { cancel() }
	run(ctx, fake, args()).check(t, 130, "interrupted, but task "+taskID+" could not be stopped and still runs: api error AccessDeniedException: no\n"+
		"  next: stop it with: aws ecs stop-task --cluster staging-app --task "+taskID, "")
}

func TestTaskThatDoesNotEndIsLeft(t *testing.T) {
	fake := newFake(moment{status: "RUNNING"})
	ctx, cancel := context.WithCancel(t.Context())
	var out, progress bytes.Buffer
	runner := oneoff.New(&neverStops{fake}, fake, &out, &progress)
	runner.Poll, runner.StopWithin = time.Millisecond, 20*time.Millisecond
	fake.onLook = func(int) { cancel() }
	code, err := runner.Run(ctx, args())
	result{code: code, err: err}.check(t, 130, "task "+taskID+" was asked to stop and has not ended within 20ms\n"+
		"  next: look at it with: aws ecs describe-tasks --cluster staging-app --tasks "+taskID, "")
}

func TestShortOutageIsPassedOver(t *testing.T) {
	outage := moment{err: errors.New("connection reset")}
	fake := newFake(moment{gone: true}, outage, outage, moment{status: "RUNNING", lines: []string{"one"}}, outage, moment{gone: true}, moment{status: "STOPPED", lines: []string{"one"}})
	run(t.Context(), fake, args()).check(t, 0, "", "one\n")

	// Outages between which the task is seen do not add up.
	moments := []moment{}
	for range 12 {
		moments = append(moments, outage, moment{status: "RUNNING", lines: []string{"one"}})
	}
	run(t.Context(), newFake(append(moments, moment{status: "STOPPED", lines: []string{"one"}})...), args()).check(t, 0, "", "one\n")
}

func TestFailures(t *testing.T) {
	stopped := func(change func(*fakeAWS)) *fakeAWS {
		fake := newFake(moment{status: "PENDING"}, moment{status: "STOPPED"})
		fake.exitCode, fake.stopCode = nil, types.TaskStopCodeTaskFailedToStart
		change(fake)
		return fake
	}
	for name, test := range map[string]struct {
		fake *fakeAWS
		args func(*oneoff.Args)
		code int
		want string
	}{
		"nothing given": {newFake(), func(a *oneoff.Args) { *a = oneoff.Args{} }, 1,
			"oneoff.Cluster: required\noneoff.TaskDefinition: required\noneoff.Container: required\noneoff.Subnets: required\noneoff.SecurityGroup: required\noneoff.Command: required"},
		"no such definition": {newFake(), func(a *oneoff.Args) { a.TaskDefinition = "gone" }, 125,
			"can't read the task definition: api error ClientException: Unable to describe task definition.\n  next: deploy the stack again: the task definition may be gone"},
		"no such container": {newFake(), func(a *oneoff.Args) { a.Container = "web" }, 125,
			"task definition " + definition + " has no container \"web\"\n  next: name one of: command, silent"},
		"container that logs elsewhere": {newFake(), func(a *oneoff.Args) { a.Container = "silent" }, 125,
			"container \"silent\" does not log to CloudWatch under a known name, so its output can't be shown\n  next: give it the log driver awslogs with awslogs-stream-prefix"},
		"no such cluster": {newFake(), func(a *oneoff.Args) { a.Cluster = "other" }, 125,
			"can't start the task: api error ClusterNotFoundException: Cluster not found.\n  next: deploy the stack first, or name the right cluster with --cluster"},
		"not allowed": {func() *fakeAWS { f := newFake(); f.startErr = refuse("AccessDeniedException", "no"); return f }(), nil, 125,
			"can't start the task: api error AccessDeniedException: no\n  next: use a role that may ecs:RunTask, ecs:DescribeTasks, ecs:DescribeTaskDefinition, ecs:StopTask, logs:GetLogEvents, and iam:PassRole on the task's two roles"},
		"no capacity": {func() *fakeAWS {
			f := newFake()
			f.failures = []types.Failure{{Reason: aws.String("Capacity is unavailable at this time. Please try again later or in a different availability zone")}}
			return f
		}(), nil, 125,
			"ECS did not start the task: Capacity is unavailable at this time. Please try again later or in a different availability zone\n  next: try again in some minutes: AWS has no Fargate capacity in these zones right now"},
		"failure with detail": {func() *fakeAWS {
			f := newFake()
			f.failures = []types.Failure{{Reason: aws.String("MISSING"), Detail: aws.String("the cluster")}}
			return f
		}(), nil, 125,
			"ECS did not start the task: MISSING (the cluster)\n  next: deploy the stack again: what the task needs is gone"},
		"no image": {stopped(func(f *fakeAWS) {
			f.stopped = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref"
		}), nil, 125,
			"the command has no exit code, its task ended: CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref\n  next: deploy the stack, so that the image is in the registry; if it is, see whether the private subnets have a way to ECR: NAT or interface endpoints"},
		"no secrets": {stopped(func(f *fakeAWS) { f.stopped = "ResourceInitializationError: unable to pull secrets" }), nil, 125,
			"the command has no exit code, its task ended: ResourceInitializationError: unable to pull secrets\n  next: see whether the private subnets have a way to Secrets Manager, ECR and CloudWatch Logs, and whether the execution role may read the secrets"},
		"no program": {stopped(func(f *fakeAWS) {
			f.stopped, f.reason = "Task failed to start", "CannotStartContainerError: exec: \"python\": executable file not found"
		}), nil, 125,
			"the command has no exit code, its task ended: Task failed to start; CannotStartContainerError: exec: \"python\": executable file not found\n  next: see whether the program is in the image"},
		"stopped by someone": {stopped(func(f *fakeAWS) { f.stopped, f.stopCode = "Task stopped by user", types.TaskStopCodeUserInitiated }), nil, 125,
			"the command has no exit code, its task ended: Task stopped by user\n  next: someone stopped it; run it again"},
		"no reason": {stopped(func(f *fakeAWS) { f.stopped = "" }), nil, 125,
			"the command has no exit code, its task ended: ECS names no reason\n  next: run it again; if that does not help, look at the task: aws ecs describe-tasks --tasks " + taskID},
		"out of memory": {func() *fakeAWS {
			f := newFake(moment{status: "STOPPED"})
			f.exitCode, f.reason = aws.Int32(137), "OutOfMemoryError: Container killed due to memory usage"
			return f
		}(), nil, 137,
			"the command ended with exit code 137: OutOfMemoryError: Container killed due to memory usage\n  next: give tasks more memory: slipway:taskMemoryMiB"},
		"lost": {newFake(moment{err: errors.New("no route to host")}), nil, 125,
			"lost sight of task " + taskID + ", which may still run: no route to host\n  next: look at it with: aws ecs describe-tasks --cluster staging-app --tasks " + taskID},
		"never there": {newFake(moment{gone: true}), nil, 125,
			"lost sight of task " + taskID + ", which may still run: ECS does not know task " + taskID + "\n  next: look at it with: aws ecs describe-tasks --cluster staging-app --tasks " + taskID},
		"log refused": {func() *fakeAWS { f := newFake(moment{status: "RUNNING"}); f.logErr = errors.New("denied"); return f }(), nil, 125,
			"lost sight of task " + taskID + ", which may still run: read log " + group + " " + stream + ": denied\n  next: look at it with: aws ecs describe-tasks --cluster staging-app --tasks " + taskID},
	} {
		t.Run(name, func(t *testing.T) {
			given := args()
			if test.args != nil {
				test.args(&given)
			}
			got := run(t.Context(), test.fake, given)
			if code, _ := problem.Code(got.err); code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
			if errorText(got.err) != test.want {
				t.Errorf("got  %s\nwant %s", errorText(got.err), test.want)
			}
		})
	}
}
