package service_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/release"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func released(releaser *mocktest.Releaser, args *service.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error { return program(args)(release.With(ctx, releaser)) }
}

func TestMigrationRunsOnceInTheCommandsTask(t *testing.T) {
	args := full(t)
	args.MigrateTimeoutMinutes = 3
	releaser := &mocktest.Releaser{Serving: release.Serving{TaskDefinitions: []string{"app:0"}}}
	mocktest.MustRun(t, "test", nil, released(releaser, args))
	if len(releaser.Commands()) != 1 {
		t.Fatalf("got %v", releaser.Commands())
	}
	got := releaser.Commands()[0]
	if got.Cluster != "app" || !strings.HasSuffix(got.TaskDefinition, "app-command:1") || got.Container != "command" ||
		!slices.Equal(got.Command, []string{"migrate"}) || got.Timeout != 3*time.Minute ||
		got.SecurityGroup != "app_id" || !slices.Equal(got.Subnets, []string{"subnet-1", "subnet-2"}) {
		t.Errorf("got %+v", got)
	}
}

func TestMigrationDoesNotRunForAVersionThatServes(t *testing.T) {
	first := &mocktest.Releaser{}
	args := full(t)
	mocktest.MustRun(t, "test", nil, released(first, args))
	second := &mocktest.Releaser{Serving: release.Serving{TaskDefinitions: []string{first.Rollouts()[0].TaskDefinition}}}
	mocktest.MustRun(t, "test", nil, released(second, args))
	if len(first.Commands()) != 1 || len(second.Commands()) != 0 {
		t.Errorf("got %v, then %v", first.Commands(), second.Commands())
	}
}

func TestNothingRunsWithoutAMigration(t *testing.T) {
	releaser := &mocktest.Releaser{}
	mocktest.MustRun(t, "test", nil, released(releaser, base(t)))
	if len(releaser.Commands()) != 0 || len(releaser.Rollouts()) != 1 {
		t.Errorf("got %v, %v", releaser.Commands(), releaser.Rollouts())
	}
}

// A failed migration leaves the service as it is, and everything that runs the
// new version.
func TestFailedMigrationEndsTheDeployBeforeTheServiceHearsOfIt(t *testing.T) {
	releaser := &mocktest.Releaser{RunError: errors.New("migrate ended with exit code 1\n  last lines")}
	got, err := mocktest.Run(t, "test", nil, released(releaser, full(t)))
	if err == nil || !strings.Contains(err.Error(), "migrate ended with exit code 1") {
		t.Errorf("got %v", err)
	}
	for _, key := range got.Keys() {
		if strings.HasPrefix(key, "ecs.Service ") || strings.HasPrefix(key, "scheduler.Schedule ") {
			t.Errorf("%s is told", key)
		}
	}
	if len(releaser.Rollouts()) != 0 {
		t.Errorf("waited for %v", releaser.Rollouts())
	}
}

func TestEveryServiceIsFollowedUntilItRunsTheVersion(t *testing.T) {
	args := full(t)
	args.RolloutTimeoutMinutes = 7
	releaser := &mocktest.Releaser{Serving: release.Serving{Deployments: []string{"ecs-svc/1"}}}
	mocktest.MustRun(t, "test", nil, released(releaser, args))
	var got []string
	for _, rollout := range releaser.Rollouts() {
		got = append(got, rollout.Service)
		if !strings.HasSuffix(rollout.TaskDefinition, ":"+rollout.Service+":1") || rollout.Cluster != "app" ||
			rollout.Timeout != 7*time.Minute || !slices.Equal(rollout.Before.Deployments, []string{"ecs-svc/1"}) {
			t.Errorf("got %+v", rollout)
		}
	}
	slices.Sort(got)
	mocktest.Equal(t, "followed", got, []string{"app", "app-worker-mail", "app-worker-thumbnails"})
}

// A version that does not serve is an error, and neither works on jobs nor runs
// on schedule.
func TestDeployFailsWhenAnotherVersionServes(t *testing.T) {
	releaser := &mocktest.Releaser{AwaitError: map[string]error{"app": errors.New("service app does not serve app:2\n  its task stopped")}}
	got, err := mocktest.Run(t, "test", nil, released(releaser, full(t)))
	if err == nil || !strings.Contains(err.Error(), "service app does not serve app:2") {
		t.Errorf("got %v", err)
	}
	keys := got.Keys()
	if !slices.Contains(keys, "ecs.Service app") {
		t.Error("the service was not told")
	}
	for _, key := range keys {
		if strings.HasPrefix(key, "ecs.Service app-worker") || strings.HasPrefix(key, "scheduler.Schedule ") {
			t.Errorf("%s is told", key)
		}
	}
}

// Workers are told while the app's old tasks end; schedules wait for them.
func TestWorkersStartOnceTheVersionServes(t *testing.T) {
	told, ended := make(chan struct{}), make(chan struct{})
	releaser := &mocktest.Releaser{AwaitUntil: map[string]<-chan struct{}{"app": ended}}
	releaser.OnAwait = func(rollout release.Rollout) {
		if rollout.Service == "app-worker-mail" {
			close(told)
		}
	}
	go func() {
		defer close(ended)
		select {
		case <-told:
		case <-time.After(20 * time.Second):
			t.Error("the worker waits for the app's old tasks to end")
		}
	}()
	got := mocktest.MustRun(t, "test", nil, released(releaser, full(t)))
	if !slices.Contains(got.Keys(), "ecs.Service app-worker-mail") {
		t.Errorf("got %v", got.Keys())
	}
}

// A version that serves and fails while the old tasks end is an error all the same.
func TestDeployFailsWhenAVersionThatServedIsRolledBack(t *testing.T) {
	at := make(chan struct{})
	close(at)
	releaser := &mocktest.Releaser{
		AwaitUntil: map[string]<-chan struct{}{"app": at},
		AwaitError: map[string]error{"app": errors.New("service app was rolled back")},
	}
	got, err := mocktest.Run(t, "test", nil, released(releaser, full(t)))
	if err == nil || !strings.Contains(err.Error(), "service app was rolled back") {
		t.Errorf("got %v", err)
	}
	for _, key := range got.Keys() {
		if strings.HasPrefix(key, "scheduler.Schedule ") {
			t.Errorf("%s is told", key)
		}
	}
}

func TestDeployFailsWhenAWorkerRunsAnotherVersion(t *testing.T) {
	releaser := &mocktest.Releaser{AwaitError: map[string]error{"app-worker-mail": errors.New("service app-worker-mail does not serve")}}
	if _, err := mocktest.Run(t, "test", nil, released(releaser, full(t))); err == nil || !strings.Contains(err.Error(), "app-worker-mail does not serve") {
		t.Errorf("got %v", err)
	}
}

func TestPreviewCallsNobody(t *testing.T) {
	releaser := &mocktest.Releaser{RunError: errors.New("called"), AwaitError: map[string]error{"app": errors.New("called")}}
	preview := func(info *pulumi.RunInfo) { info.DryRun = true }
	got, err := mocktest.Run(t, "test", nil, released(releaser, full(t)), preview)
	if err != nil {
		t.Fatal(err)
	}
	if len(releaser.Commands())+len(releaser.Rollouts()) != 0 {
		t.Errorf("called %v, %v", releaser.Commands(), releaser.Rollouts())
	}
	if !slices.Contains(got.Keys(), "ecs.Service app-worker-mail") {
		t.Errorf("got %v", got.Keys())
	}
}
