package service_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

type container struct {
	Name                   string
	Image                  string
	User                   string
	Essential              bool
	ReadonlyRootFilesystem bool
	Privileged             bool
	Command                []string
	StopTimeout            int
	LinuxParameters        struct{ InitProcessEnabled bool }
	DependsOn              []struct{ ContainerName, Condition string }
	Environment            []struct{ Name, Value string }
	Secrets                []struct{ Name, ValueFrom string }
	PortMappings           []struct{ ContainerPort int }
	HealthCheck            *struct {
		Command                                 []string
		Interval, Timeout, Retries, StartPeriod int
	}
	MountPoints []struct {
		SourceVolume, ContainerPath string
		ReadOnly                    bool
	}
	LogConfiguration struct {
		LogDriver string
		Options   map[string]string
	}
}

func (c container) paths() []string {
	var paths []string
	for _, mount := range c.MountPoints {
		paths = append(paths, mount.ContainerPath)
	}
	return paths
}

func taskContainers(t *testing.T, args *service.Args, task string) map[string]container {
	t.Helper()
	definition := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "ecs.TaskDefinition "+task)
	var list []container
	if err := json.Unmarshal([]byte(definition.Inputs["containerDefinitions"].StringValue()), &list); err != nil {
		t.Fatal(err)
	}
	byName := map[string]container{}
	for _, c := range list {
		byName[c.Name] = c
	}
	return byName
}

var allTasks = []string{"app", "app-command", "app-worker-mail", "app-worker-thumbnails"}

func TestContainersAreLockedDown(t *testing.T) {
	for _, task := range allTasks {
		for name, c := range taskContainers(t, full(t), task) {
			if c.User != "10001:10001" || !c.ReadonlyRootFilesystem || c.Privileged || !c.LinuxParameters.InitProcessEnabled {
				t.Errorf("%s: %s: got user %s, read-only %v, privileged %v, init %v", task, name, c.User, c.ReadonlyRootFilesystem, c.Privileged, c.LinuxParameters.InitProcessEnabled)
			}
			if !strings.Contains(c.Image, "@sha256:") {
				t.Errorf("%s: %s: image %s is not pinned by digest", task, name, c.Image)
			}
			if got := fmt.Sprint(c.Secrets); got != "[{KEY arn:secret} {KEY_NEXT arn:secret::NEXT:}]" {
				t.Errorf("%s: %s: secrets %s", task, name, got)
			}
		}
	}
}

// A container whose standard output blocks while CloudWatch is away stops serving.
func TestLogsDoNotBlockAndTellContainersApart(t *testing.T) {
	for task, want := range map[string]map[string]string{
		"app":             {"app": "app"},
		"app-command":     {"command": "command"},
		"app-worker-mail": {"worker": "worker-mail"},
	} {
		for name, c := range taskContainers(t, full(t), task) {
			options := map[string]string{
				"awslogs-group": "/slipway/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": want[name],
				"mode": "non-blocking", "max-buffer-size": "25m",
			}
			if c.LogConfiguration.LogDriver != "awslogs" || len(c.LogConfiguration.Options) != len(options) {
				t.Errorf("%s: %s: logs to %v", task, name, c.LogConfiguration)
			}
			for option, value := range options {
				if got := c.LogConfiguration.Options[option]; got != value {
					t.Errorf("%s: %s: %s: got %q, want %q", task, name, option, got, value)
				}
			}
		}
	}
}

// AWS returns variables sorted; another order would be a diff forever.
func TestEnvironmentIsSorted(t *testing.T) {
	for _, task := range allTasks {
		for name, c := range taskContainers(t, full(t), task) {
			var names []string
			for _, v := range c.Environment {
				names = append(names, v.Name)
			}
			mocktest.Equal(t, task+": variables of "+name, names, []string{"A", "APP_VERSION", "AWS_REGION", "B"})
		}
	}
}

func TestHealthIsCheckedWhereThereIsACheck(t *testing.T) {
	for task, want := range map[string]map[string][]string{
		"app":                   {"app": {"CMD", "check"}},
		"app-worker-mail":       {"worker": nil},
		"app-worker-thumbnails": {"worker": {"CMD", "alive"}},
		"app-command":           {"command": nil},
	} {
		for name, c := range taskContainers(t, full(t), task) {
			var got []string
			if c.HealthCheck != nil {
				got = c.HealthCheck.Command
				if c.HealthCheck.Timeout >= c.HealthCheck.Interval || c.HealthCheck.Retries < 2 || c.HealthCheck.StartPeriod < 30 {
					t.Errorf("%s: %s is replaced rashly: %+v", task, name, c.HealthCheck)
				}
			}
			mocktest.Equal(t, task+": health check of "+name, got, want[name])
		}
	}
}

func TestStopTimeouts(t *testing.T) {
	args := full(t)
	for task, want := range map[string]map[string]int{
		"app":                   {"app": 60},
		"app-worker-mail":       {"worker": 120},
		"app-worker-thumbnails": {"worker": 90},
		"app-command":           {"command": 120},
	} {
		for name, c := range taskContainers(t, args, task) {
			if c.StopTimeout != want[name] {
				t.Errorf("%s: %s: got %d s, want %d", task, name, c.StopTimeout, want[name])
			}
		}
	}
	args.StopTimeoutSeconds = 45
	if got := taskContainers(t, args, "app")["app"].StopTimeout; got != 45 {
		t.Errorf("got %d s, want 45", got)
	}
}

func TestTasksHaveTheirSizeAndProcessor(t *testing.T) {
	args := full(t)
	args.CPU, args.MemoryMiB, args.Architecture = 512, 2048, service.AMD64
	got := mocktest.MustRun(t, "test", nil, program(args))
	for task, want := range map[string]string{
		"app": "512 2048", "app-command": "512 2048", "app-worker-mail": "512 2048", "app-worker-thumbnails": "1024 4096",
	} {
		inputs := got.Get(t, "ecs.TaskDefinition "+task).Inputs
		if size := inputs["cpu"].StringValue() + " " + inputs["memory"].StringValue(); size != want {
			t.Errorf("%s: got %s, want %s", task, size, want)
		}
		if processor := inputs["runtimePlatform"].ObjectValue()["cpuArchitecture"].StringValue(); processor != "X86_64" {
			t.Errorf("%s: got %s", task, processor)
		}
		if family := inputs["family"].StringValue(); family != task {
			t.Errorf("%s: got family %s", task, family)
		}
	}
}

func TestCommandDoesNothingByItself(t *testing.T) {
	got := taskContainers(t, full(t), "app-command")
	command := got[service.CommandContainer]
	if len(got) != 1 || !slices.Equal(command.Command, []string{"true"}) || !command.Essential || len(command.PortMappings) != 0 || len(command.DependsOn) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestWorkersRunTheirCommand(t *testing.T) {
	for task, want := range map[string][]string{"app-worker-mail": {"celery", "worker"}, "app-worker-thumbnails": {"thumbnails"}} {
		got := taskContainers(t, full(t), task)
		worker := got[service.WorkerContainer]
		if len(got) != 1 || !worker.Essential || len(worker.PortMappings) != 0 {
			t.Errorf("%s: got %+v", task, got)
		}
		mocktest.Equal(t, task, worker.Command, want)
	}
	desired := mocktest.MustRun(t, "test", nil, program(full(t))).Get(t, "ecs.Service app-worker-thumbnails").Inputs["desiredCount"].NumberValue()
	if desired != 2 {
		t.Errorf("thumbnails begins with %v tasks, want 2", desired)
	}
}
