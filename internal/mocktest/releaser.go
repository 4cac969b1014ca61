package mocktest

import (
	"context"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/release"
)

// Releaser stands for AWS in releases: it remembers what it was asked for, and
// everything succeeds unless a test says otherwise. Recordings have one of their
// own; a test that looks into it gives its program one by release.With.
type Releaser struct {
	// Serving is what the cluster runs.
	Serving release.Serving
	// FillError is how secrets get their first value.
	FillError error
	// RunError and AwaitError are how commands and rollouts end, the latter by
	// service.
	RunError   error
	AwaitError map[string]error
	// AwaitUntil are what rollouts that serve wait for before they end, by service.
	AwaitUntil map[string]<-chan struct{}
	// OnAwait is told of every rollout that is waited for. Default: nobody is.
	OnAwait func(release.Rollout)

	mu       sync.Mutex
	filled   []string
	commands []release.Command
	rollouts []release.Rollout
}

// Look implements release.Releaser.
func (r *Releaser) Look(context.Context, string) (release.Serving, error) { return r.Serving, nil }

// Fill implements release.Releaser.
func (r *Releaser) Fill(_ context.Context, secret string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filled = append(r.filled, secret)
	return r.FillError
}

// Run implements release.Releaser.
func (r *Releaser) Run(_ context.Context, command release.Command, _ release.Progress) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands = append(r.commands, command)
	return r.RunError
}

// Await implements release.Releaser.
func (r *Releaser) Await(_ context.Context, rollout release.Rollout, progress release.Progress) error {
	r.mu.Lock()
	r.rollouts = append(r.rollouts, rollout)
	r.mu.Unlock()
	if r.OnAwait != nil {
		r.OnAwait(rollout)
	}
	progress("1 of 1 tasks run")
	until, err := r.AwaitUntil[rollout.Service], r.AwaitError[rollout.Service]
	if rollout.OnServing != nil && (err == nil || until != nil) {
		rollout.OnServing()
	}
	if until != nil {
		<-until
	}
	return err
}

// Filled are the secrets that were given a value.
func (r *Releaser) Filled() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.filled
}

// Commands are the commands that were run.
func (r *Releaser) Commands() []release.Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.commands
}

// Rollouts are the rollouts that were waited for.
func (r *Releaser) Rollouts() []release.Rollout {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rollouts
}

func withReleaser(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error { return program(release.With(ctx, &Releaser{})) }
}
