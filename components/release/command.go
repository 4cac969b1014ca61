package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gitlab.com/slipway/slipway/internal/oneoff"
)

// Command is one command in an ECS task of its own.
type Command struct {
	// Cluster, TaskDefinition and Container are what runs. Required.
	Cluster, TaskDefinition, Container string
	// Subnets and SecurityGroup are where it runs. Required.
	Subnets       []string
	SecurityGroup string
	// Command is the program and its arguments. Required.
	Command []string
	// Timeout is how long it may run. Default: 15 minutes.
	Timeout time.Duration
}

// defaultTimeout is for commands and for rollouts.
const defaultTimeout = 15 * time.Minute

// tries is how often a task is started that finds no way to its image: a NAT
// instance needs some minutes from its start until it passes anything on, and ECS
// tries for minutes before it gives a task up.
const tries = 3

// Run runs a command to its end, once. The error of one that fails, or that is not
// done in time and is stopped, holds the last lines of its output.
func (a *AWS) Run(ctx context.Context, c Command, progress Progress) error {
	if err := a.connected(ctx); err != nil {
		return err
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	output := &tail{progress: progress}
	runner := oneoff.New(a.ECS, a.Logs, output, &steps{progress: progress})
	// The last lines of what succeeded are not worth four seconds of every deploy.
	runner.Poll, runner.Quiet, runner.QuickSuccess = min(runner.Poll, a.Poll), a.Quiet, true
	var code int
	var err error
	for range tries {
		code, err = runner.Run(limited, oneoff.Args{
			Cluster: c.Cluster, TaskDefinition: c.TaskDefinition, Container: c.Container,
			Subnets: c.Subnets, SecurityGroup: c.SecurityGroup, Command: c.Command,
		})
		var noWay *oneoff.NoWay
		if !errors.As(err, &noWay) {
			break
		}
		progress(noWay.What)
	}
	what := strings.Join(c.Command, " ")
	switch {
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s was not done within %s and is stopped%s", what, c.Timeout, output.quote())
	case err != nil:
		return fmt.Errorf("%s: %w%s", what, err, output.quote())
	case code != 0:
		return fmt.Errorf("%s ended with exit code %d%s", what, code, output.quote())
	}
	return nil
}
