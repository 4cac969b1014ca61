package secretkey_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"gitlab.com/slipway/slipway/cmd/slipway/secretkey"
)

const (
	life   = 12 * time.Hour
	secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf"
)

// world is a secret, the tasks that read it when they start, and a clock. After
// every call each task that runs signs something, and has to accept whatever lives.
type world struct {
	t       *testing.T
	now     time.Time
	labels  map[string]string
	changed time.Time
	// services have two tasks each.
	services map[string]*fleet
	// signed is when something was last signed, by version.
	signed map[string]time.Time
	calls  int
	// failAt is the number of the call that fails, for a moment.
	failAt int
	// careless lets sessions end.
	careless bool
	// broken makes restarts fail.
	broken bool
	puts   int
	said   []string
}

// fleet are the tasks of one service and the deployments that ECS knows.
type fleet struct {
	tasks       []task
	deployments []ecstypes.Deployment
	left        int // tasks that are still to be replaced
}

type task struct {
	signs   string
	accepts []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), signed: map[string]time.Time{}}
	w.changed = w.now.Add(-100 * 24 * time.Hour)
	w.labels = map[string]string{"AWSCURRENT": "v0", "NEXT": "v0", "LAST": "v0"}
	w.services = map[string]*fleet{}
	for _, name := range []string{"app", "worker"} {
		w.services[name] = &fleet{tasks: []task{w.start(), w.start()}, deployments: []ecstypes.Deployment{deployment(w.changed.Add(time.Hour), "COMPLETED")}}
	}
	return w
}

func deployment(at time.Time, state ecstypes.DeploymentRolloutState) ecstypes.Deployment {
	return ecstypes.Deployment{Status: aws.String("PRIMARY"), CreatedAt: &at, UpdatedAt: &at, RolloutState: state, RolloutStateReason: aws.String("tasks failed to start")}
}

// start is what a task that starts now knows.
func (w *world) start() task {
	return task{signs: w.labels["AWSCURRENT"], accepts: []string{w.labels["AWSCURRENT"], w.labels["NEXT"], w.labels["LAST"]}}
}

// call counts a call, lets a minute pass and has every task sign and judge.
func (w *world) call() error {
	w.calls++
	if w.calls == w.failAt {
		return errors.New("throttled")
	}
	w.now = w.now.Add(time.Minute)
	for _, name := range slices.Sorted(maps.Keys(w.services)) {
		for _, signer := range w.services[name].tasks {
			w.signed[signer.signs] = w.now
		}
	}
	for version, at := range w.signed {
		if w.now.Sub(at) >= life || w.careless {
			continue
		}
		for name, service := range w.services {
			for i, judge := range service.tasks {
				if !slices.Contains(judge.accepts, version) {
					w.t.Fatalf("task %d of %s, which knows %v, ends a session that %s signed %s ago", i, name, judge.accepts, version, w.now.Sub(at))
				}
			}
		}
	}
	return nil
}

func (w *world) DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	stages := map[string][]string{}
	for label, version := range w.labels {
		stages[version] = append(stages[version], label)
	}
	changed := w.changed
	return &secretsmanager.DescribeSecretOutput{VersionIdsToStages: stages, LastChangedDate: &changed}, w.call()
}

func (w *world) GetRandomPassword(context.Context, *secretsmanager.GetRandomPasswordInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetRandomPasswordOutput, error) {
	return &secretsmanager.GetRandomPasswordOutput{RandomPassword: aws.String("random")}, w.call()
}

func (w *world) PutSecretValue(_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	w.puts++
	w.label(fmt.Sprintf("v%d", w.puts), in.VersionStages...)
	return &secretsmanager.PutSecretValueOutput{}, nil
}

func (w *world) UpdateSecretVersionStage(_ context.Context, in *secretsmanager.UpdateSecretVersionStageInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	label := aws.ToString(in.VersionStage)
	if w.labels[label] != aws.ToString(in.RemoveFromVersionId) {
		return nil, errors.New("the label is at another version")
	}
	if in.MoveToVersionId == nil {
		delete(w.labels, label)
	} else {
		w.label(*in.MoveToVersionId, label)
	}
	return &secretsmanager.UpdateSecretVersionStageOutput{}, nil
}

// label moves labels to a version as Secrets Manager does.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
func (w *world) label(version string, labels ...string) {
	for _, label := range labels {
		if label == "AWSCURRENT" {
			w.labels["AWSPREVIOUS"] = w.labels[label]
		}
		w.labels[label] = version
	}
	w.changed = w.now
}

func (w *world) ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	return &ecs.ListServicesOutput{ServiceArns: slices.Sorted(maps.Keys(w.services))}, w.call()
}

// DescribeServices also lets ECS go on: it replaces one task a look.
func (w *world) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	var found []ecstypes.Service
	for _, name := range in.Services {
		service := w.services[name]
		if service.left > 0 && !w.broken {
			service.left--
			service.tasks = append(service.tasks[1:], w.start())
			if service.left == 0 {
				service.deployments = service.deployments[:1]
				service.deployments[0].RolloutState = ecstypes.DeploymentRolloutStateCompleted
			}
			now := w.now
			service.deployments[0].UpdatedAt = &now
		}
		if service.left > 0 && w.broken {
			service.deployments[0].RolloutState = ecstypes.DeploymentRolloutStateFailed
		}
		found = append(found, ecstypes.Service{ServiceName: &name, Status: aws.String("ACTIVE"), Deployments: slices.Clone(service.deployments)})
	}
	return &ecs.DescribeServicesOutput{Services: found}, nil
}

func (w *world) UpdateService(_ context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	if !in.ForceNewDeployment || in.TaskDefinition != nil {
		return nil, errors.New("not told to start the same version anew")
	}
	service := w.services[aws.ToString(in.Service)]
	old := service.deployments[0]
	old.Status = aws.String("ACTIVE")
	service.deployments = []ecstypes.Deployment{deployment(w.now, ecstypes.DeploymentRolloutStateInProgress), old}
	service.left = len(service.tasks)
	return &ecs.UpdateServiceOutput{Service: &ecstypes.Service{Deployments: service.deployments}}, nil
}

func (w *world) rotate(older time.Duration) error {
	w.t.Helper()
	rotator := secretkey.Rotator{Secrets: w, ECS: w, Say: func(line string) { w.said = append(w.said, line) }, Now: func() time.Time { return w.now }}
	return rotator.Run(context.Background(), secretkey.Args{
		Secret: secret, Cluster: "cluster", Life: life, OlderThan: older, Timeout: 5 * time.Second, Poll: time.Microsecond,
	})
}

// pass lets hours pass in which tasks go on signing.
func (w *world) pass(hours int) {
	for range hours {
		w.now = w.now.Add(time.Hour - time.Minute)
		failAt := w.failAt
		w.failAt = 0
		if err := w.call(); err != nil {
			w.t.Fatal(err)
		}
		w.failAt = failAt
	}
}
