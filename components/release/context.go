package release

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/internal/awsconfig"
)

// Releaser follows releases. AWS is the real one.
type Releaser interface {
	// Fill gives a secret its first value.
	Fill(ctx context.Context, secret string) error
	// Look tells what the services of a cluster run.
	Look(ctx context.Context, cluster string) (Serving, error)
	// Run runs a command to its end.
	Run(ctx context.Context, command Command, progress Progress) error
	// Await returns nil once a service runs a version.
	Await(ctx context.Context, rollout Rollout, progress Progress) error
}

// key is the Releaser's key in a context.
type key struct{}

// With makes the services that are created in the returned context released by
// r: programs that work with other credentials than the environment's, and tests.
func With(ctx *pulumi.Context, r Releaser) *pulumi.Context { return ctx.WithValue(key{}, r) }

// Of is the context's Releaser. Default: AWS in the region, with the credentials
// of the environment.
func Of(ctx *pulumi.Context, region string) Releaser {
	if r, is := ctx.Value(key{}).(Releaser); is {
		return r
	}
	return &AWS{Settings: awsconfig.Settings{Region: region}}
}
