package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"gitlab.com/slipway/slipway/internal/awsconfig"
	"gitlab.com/slipway/slipway/internal/oneoff"
)

// ECS is what this package asks of ECS.
type ECS interface {
	oneoff.ECS
	ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error)
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
}

// Logs is what this package asks of CloudWatch Logs.
type Logs = oneoff.Logs

// Progress takes one line about what is done, or waited for.
type Progress func(line string)

// AWS does it on AWS. Its zero value uses the credentials of the environment.
type AWS struct {
	// Settings are the region to work in, and whose credentials. Default: the
	// environment's.
	Settings awsconfig.Settings
	// ECS, Logs and Secrets are the services. Default: AWS's, made at the first call.
	ECS     ECS
	Logs    Logs
	Secrets Secrets
	// Poll is the time between two looks. Default: 2 s.
	Poll time.Duration
	// Quiet is how long a log is silent before it counts as complete. Default: 4 s,
	// since CloudWatch shows lines some seconds after they were written.
	Quiet time.Duration

	connect sync.Once
	err     error
}

// defaultPoll is well within the rate of DescribeServices, 20 a second:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
const defaultPoll = 2 * time.Second

const defaultQuiet = 4 * time.Second

// connected makes the clients once.
func (a *AWS) connected(ctx context.Context) error {
	a.connect.Do(func() {
		a.Poll, a.Quiet = cmp.Or(a.Poll, defaultPoll), cmp.Or(a.Quiet, defaultQuiet)
		if a.ECS != nil && a.Logs != nil && a.Secrets != nil {
			return
		}
		var loaded aws.Config
		loaded, a.err = a.Settings.Load(ctx)
		if a.err == nil && loaded.Region == "" {
			a.err = errors.New("no region is set")
		}
		if a.err != nil {
			a.err = fmt.Errorf("%w; log in to AWS, then run it again", a.err)
			return
		}
		a.ECS, a.Logs, a.Secrets = ecs.NewFromConfig(loaded), cloudwatchlogs.NewFromConfig(loaded), secretsmanager.NewFromConfig(loaded)
	})
	return a.err
}

// wait is the time between two looks, or ctx's end.
func (a *AWS) wait(ctx context.Context) error {
	timer := time.NewTimer(a.Poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
