package release_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gitlab.com/slipway/slipway/components/release"
)

const (
	completed  = types.DeploymentRolloutStateCompleted
	inProgress = types.DeploymentRolloutStateInProgress
	failed     = types.DeploymentRolloutStateFailed
)

var (
	before = release.Serving{TaskDefinitions: []string{oldVersion}, Deployments: []string{"d1"}}
	oldOne = deployment("d1", "PRIMARY", oldVersion, completed, 2, 2)
	beaten = deployment("d1", "ACTIVE", oldVersion, completed, 2, 2)
	done   = service(deployment("d2", "PRIMARY", newVersion, completed, 2, 2))
)

func rollout() release.Rollout {
	return release.Rollout{Cluster: "cluster", Service: "app", TaskDefinition: newVersion, Before: before, Timeout: time.Minute}
}

func await(t *testing.T, f *fakeAWS, r release.Rollout) ([]string, error) {
	t.Helper()
	var said []string
	err := f.aws().Await(context.Background(), r, func(line string) { said = append(said, line) })
	return said, err
}

func TestAwaitEndsWhenTheVersionServes(t *testing.T) {
	f := &fakeAWS{errors: 3, states: []types.Service{
		service(deployment("d2", "PRIMARY", newVersion, inProgress, 0, 2), beaten),
		service(deployment("d2", "PRIMARY", newVersion, inProgress, 2, 2), beaten),
		done,
	}}
	said, err := await(t, f, rollout())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0 of 2 tasks of app:2 run",
		"2 of 2 tasks of app:2 run; waiting until they are healthy and the old ones have ended",
		"2 of 2 tasks of app:2 run",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got %q", said)
	}
	if len(f.told) != 0 {
		t.Errorf("told %v", f.told)
	}
}

// What ECS answers right after it was told may still be what was before.
func TestAwaitTakesNoStaleAnswerForAServiceThatNobodyTold(t *testing.T) {
	stale := service(oldOne)
	f := &fakeAWS{states: []types.Service{
		stale, stale, stale, stale,
		service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), beaten),
		stale, stale, stale, stale,
		done,
	}}
	if _, err := await(t, f, rollout()); err != nil {
		t.Fatal(err)
	}
	if len(f.told) != 0 {
		t.Errorf("told %v", f.told)
	}
}

// Others may go on when the new tasks are healthy: ECS then tells the old ones to end.
func TestAwaitSaysOnceThatTheVersionServes(t *testing.T) {
	ending := deployment("d1", "ACTIVE", oldVersion, completed, 2, 0)
	starting := service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), beaten)
	running := service(deployment("d2", "PRIMARY", newVersion, inProgress, 2, 2), beaten)
	relieving := service(deployment("d2", "PRIMARY", newVersion, inProgress, 2, 2), ending)
	for name, test := range map[string]struct {
		states []types.Service
		at     int // looks until it is said
	}{
		"all healthy, the old ones end":      {[]types.Service{starting, running, relieving, relieving, done}, 3},
		"some of it run, the old ones ended": {[]types.Service{service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), ending), done}, 2},
		"ended before a look saw it":         {[]types.Service{starting, running, done}, 3},
		"none ran before":                    {[]types.Service{service(deployment("d2", "PRIMARY", newVersion, inProgress, 2, 2)), done}, 2},
	} {
		f := &fakeAWS{states: test.states}
		r, said := rollout(), []int(nil)
		r.OnServing = func() { said = append(said, f.looks) }
		if _, err := await(t, f, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(said, []int{test.at}) {
			t.Errorf("%s: said after looks %v, want once after %d", name, said, test.at)
		}
	}
}

func TestAwaitNeverSaysThatAFailedVersionServes(t *testing.T) {
	r := rollout()
	r.OnServing = func() { t.Error("it serves") }
	f := &fakeAWS{states: []types.Service{
		service(deployment("d2", "PRIMARY", newVersion, inProgress, 2, 2), beaten),
		service(because(deployment("d3", "PRIMARY", oldVersion, inProgress, 2, 2), "rolling back")),
	}}
	if _, err := await(t, f, r); err == nil {
		t.Error("no error")
	}
}

// This is what Pulumi alone calls success.
func TestAwaitFailsOnARollback(t *testing.T) {
	f := &fakeAWS{
		states: []types.Service{
			service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), beaten),
			service(because(deployment("d3", "PRIMARY", oldVersion, inProgress, 2, 2), "ECS deployment circuit breaker: rolling back to deploymentId d1.")),
		},
		stopped: []types.Task{stopped("t1", oldVersion, 9, 0, "Scaling activity"), stopped("t2", newVersion, 1, 3, "Essential container in task exited"), stopped("t3", newVersion, 2, 1, "Essential container in task exited")},
		logs:    map[string][]string{"app/app/t3": {"Traceback", "ImportError: no module named recipes"}},
	}
	_, err := await(t, f, rollout())
	want := `service app does not serve app:2: the rollout was rolled back: ECS deployment circuit breaker: rolling back to deploymentId d1.
  app:1 goes on serving
  its task t3 stopped: Essential container in task exited
  container app ended with exit code 1
  last lines of its log:
    Traceback
    ImportError: no module named recipes
  all of its log: aws logs tail /slipway/app --log-stream-names app/app/t3 --since 1h
  look at it with: aws ecs describe-services --cluster cluster --services app
  next: correct the cause and run the deploy again`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestAwaitFailsAtOnceWhenECSGivesUp(t *testing.T) {
	for name, state := range map[string]types.Service{
		"with nothing to roll back to": service(because(deployment("d2", "PRIMARY", newVersion, failed, 0, 2), "tasks failed to start")),
		"while it rolls back": service(
			deployment("d3", "PRIMARY", oldVersion, inProgress, 1, 2),
			because(deployment("d2", "ACTIVE", newVersion, failed, 0, 2), "tasks failed to start")),
	} {
		_, err := await(t, &fakeAWS{states: []types.Service{state}}, rollout())
		if err == nil || !strings.Contains(err.Error(), "the rollout failed: tasks failed to start") {
			t.Errorf("%s: got %v", name, err)
		}
		if !strings.Contains(err.Error(), "(service app) has started 1 tasks") {
			t.Errorf("%s: without a stopped task the service's messages are missing: %v", name, err)
		}
	}
}

func TestAwaitFailsWhenItTakesTooLong(t *testing.T) {
	r := rollout()
	r.Timeout = 50 * time.Millisecond
	_, err := await(t, &fakeAWS{states: []types.Service{service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), beaten)}}, r)
	for _, want := range []string{"is not done after 50ms (1 of 2 tasks of app:2 run)", "app:1 goes on serving"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// After a rollback Pulumi's state holds the version that does not serve: it
// changes nothing, and the deploy has to.
func TestAwaitRollsOutAgainWhatPulumiTakesForDeployed(t *testing.T) {
	for name, state := range map[string]types.Service{
		"rolled back":               service(oldOne),
		"failed without a rollback": service(deployment("d1", "PRIMARY", newVersion, failed, 0, 2)),
	} {
		f := &fakeAWS{states: []types.Service{state}, onTold: []types.Service{
			service(deployment("d2", "PRIMARY", newVersion, inProgress, 0, 2), beaten), done,
		}}
		if _, err := await(t, f, rollout()); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(f.told) != 1 || aws.ToString(f.told[0].TaskDefinition) != newVersion || !f.told[0].ForceNewDeployment {
			t.Errorf("%s: told %+v", name, f.told)
		}
	}
}

func TestAwaitFailsWhenTheSecondAttemptIsRolledBackToo(t *testing.T) {
	f := &fakeAWS{states: []types.Service{service(oldOne)}, onTold: []types.Service{
		service(deployment("d2", "PRIMARY", newVersion, inProgress, 0, 2), beaten),
		service(deployment("d3", "PRIMARY", oldVersion, completed, 2, 2)),
	}}
	if _, err := await(t, f, rollout()); err == nil || !strings.Contains(err.Error(), "was rolled back") || len(f.told) != 1 {
		t.Errorf("got %v, told %d times", err, len(f.told))
	}
}

func TestAwaitGivesUpOnAServiceThatIsNotThere(t *testing.T) {
	if _, err := await(t, &fakeAWS{}, rollout()); err == nil || !strings.Contains(err.Error(), "ECS does not know it") {
		t.Errorf("got %v", err)
	}
	gone := done
	gone.Status = aws.String("INACTIVE")
	if _, err := await(t, &fakeAWS{states: []types.Service{gone}}, rollout()); err == nil || !strings.Contains(err.Error(), "is deleted") {
		t.Errorf("got %v", err)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &fakeAWS{states: []types.Service{service(deployment("d2", "PRIMARY", newVersion, inProgress, 0, 2))}}
	err := f.aws().Await(ctx, rollout(), func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLookTellsWhatAClusterRuns(t *testing.T) {
	serving, err := (&fakeAWS{states: []types.Service{service(deployment("d2", "PRIMARY", newVersion, inProgress, 1, 2), beaten)}}).aws().Look(context.Background(), "cluster")
	if err != nil || !serving.Runs(newVersion) || serving.Runs(oldVersion) || !slices.Equal(serving.Deployments, []string{"d2", "d1"}) {
		t.Errorf("got %+v, %v", serving, err)
	}
	// The migration runs again for a version that never served.
	serving, err = (&fakeAWS{states: []types.Service{service(deployment("d2", "PRIMARY", newVersion, failed, 0, 2))}}).aws().Look(context.Background(), "cluster")
	if err != nil || serving.Runs(newVersion) {
		t.Errorf("got %+v, %v", serving, err)
	}
	for name, f := range map[string]*fakeAWS{"no cluster": {}, "no service": {states: []types.Service{}}} {
		if serving, err := f.aws().Look(context.Background(), "cluster"); err != nil || len(serving.Deployments) != 0 {
			t.Errorf("%s: got %+v, %v", name, serving, err)
		}
	}
}

// stopped is a task that ended some minutes ago with an exit code.
func stopped(id, version string, minutes int, code int32, why string) types.Task {
	return types.Task{
		TaskArn: aws.String(taskARN + id), TaskDefinitionArn: aws.String(version), StoppedReason: &why,
		StoppingAt: aws.Time(time.Date(2026, 11, 24, 12, minutes, 0, 0, time.UTC)),
		Containers: []types.Container{{Name: aws.String("sidecar"), ExitCode: aws.Int32(0)}, {Name: aws.String("app"), ExitCode: &code}},
	}
}
