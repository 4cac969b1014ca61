package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/leftover"
	"gitlab.com/slipway/slipway/internal/problem"
)

// reviewStack is the stack whose file the environments of merge requests are made
// from; theirs are review-NUMBER.
const reviewStack = "review"

// awaitGone is how long AWS may go on listing what was destroyed.
const awaitGone = 5 * time.Minute

// left is the exit code when something is left of an environment that is gone.
const left = 3

// reviewCommand works on the environments of merge requests.
func reviewCommand(t terminal) *cobra.Command {
	command := &cobra.Command{
		Use:   "review",
		Short: "Bring up, stop and clean up the environments of merge requests",
		Long: `The environment of merge request 7 is the stack review-7, with the values of
Pulumi.review.yaml. up deploys it, again and again; stop destroys it and says what is
left of it; cleanup stops those that nobody has updated, and looks for what is left of
any whose stack is gone.`,
	}
	r := &reviews{errs: t.errs}
	command.AddCommand(
		&cobra.Command{
			Use: "up NUMBER", Short: "Deploy the environment of a merge request", Args: cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, arguments []string) error {
				return r.each(command.Context(), arguments[0], r.up)
			},
		},
		&cobra.Command{
			Use: "stop NUMBER", Short: "Destroy the environment of a merge request, and say what is left", Args: cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, arguments []string) error {
				return r.each(command.Context(), arguments[0], r.stop)
			},
		},
		&cobra.Command{
			Use: "cleanup DAYS", Short: "Destroy environments without an update for so many days, and find orphans", Args: cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, arguments []string) error {
				return r.cleanup(command.Context(), arguments[0])
			},
		},
	)
	return command
}

// reviews are the environments of merge requests.
type reviews struct{ errs io.Writer }

// each does something to the environment of a merge request, which has a file for
// that time.
func (r *reviews) each(ctx context.Context, number string, what func(context.Context, string) error) (err error) {
	if _, bad := strconv.ParseUint(number, 10, 32); bad != nil {
		return &problem.Problem{What: fmt.Sprintf("%q is no merge request's number", number), Todo: "name it: REVIEW=7"}
	}
	if err := environment.Enter(""); err != nil {
		return err
	}
	stack := reviewStack + "-" + number
	values, err := os.ReadFile("Pulumi." + reviewStack + ".yaml")
	if err != nil {
		return fmt.Errorf("read the values of the environments: %w", err)
	}
	file := "Pulumi." + stack + ".yaml"
	if err := os.WriteFile(file, values, 0o644); err != nil {
		return fmt.Errorf("make the file of %s: %w", stack, err)
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	return what(ctx, stack)
}

func (r *reviews) up(ctx context.Context, stack string) error {
	return r.make(ctx, "up", stack)
}

// stop destroys an environment. Only one that has no state is none: whatever else
// goes wrong is an error, so that GitLab goes on showing the environment.
func (r *reviews) stop(ctx context.Context, stack string) error {
	in, err := openBackend(ctx, stack)
	if err != nil {
		return err
	}
	state, err := in.Raw(ctx)
	if err != nil {
		return err
	}
	if state == nil {
		fmt.Fprintf(r.errs, "==> %s has no state: nothing to destroy\n", stack)
	} else if err := r.make(ctx, "review-destroy", stack); err != nil {
		return &problem.Problem{
			What:  fmt.Sprintf("%s was not destroyed, and costs on", stack),
			Todo:  "correct what the lines above say, then run this job again: it goes on where it ended",
			Cause: err,
		}
	}
	finder, err := r.finder(ctx)
	if err != nil {
		return err
	}
	found, err := finder.Await(ctx, stack, awaitGone)
	if err != nil {
		return err
	}
	return remains(fmt.Sprintf("%s is destroyed, and this is left of it", stack), found)
}

// cleanup stops what nobody has updated, and looks for what has no stack. One that
// can't be stopped does not keep the others.
func (r *reviews) cleanup(ctx context.Context, days string) error {
	number, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return &problem.Problem{What: fmt.Sprintf("%q is no number of days", days), Todo: "give one: DAYS=7"}
	}
	in, err := openBackend(ctx, "")
	if err != nil {
		return err
	}
	stacks, err := in.Stacks(ctx)
	if err != nil {
		return err
	}
	oldest := time.Now().AddDate(0, 0, -int(number))
	var problems []error
	var kept []string
	for _, stack := range stacks {
		merge, is := strings.CutPrefix(stack.Name, reviewStack+"-")
		switch {
		case !is:
		case stack.Written.Before(oldest):
			if err := r.each(ctx, merge, r.stop); err != nil {
				problems = append(problems, err)
				kept = append(kept, stack.Name)
			}
		default:
			kept = append(kept, stack.Name)
			fmt.Fprintf(r.errs, "==> %s was updated %s: kept\n", stack.Name, stack.Written.Format(time.RFC3339))
		}
	}
	finder, err := r.finder(ctx)
	if err != nil {
		return err
	}
	orphans, err := finder.Orphans(ctx, kept)
	if err != nil {
		return errors.Join(append(problems, err)...)
	}
	return errors.Join(append(problems, remains("this is of review environments whose stack is gone", orphans))...)
}

// remains is the error about what is left, nil for nothing.
func remains(what string, found []string) error {
	if len(found) == 0 {
		return nil
	}
	return &problem.Problem{What: what + ":\n    " + strings.Join(found, "\n    "), Todo: "delete it in the console or with the AWS CLI: Pulumi no longer knows it", Code: left}
}

func (r *reviews) finder(ctx context.Context) (*leftover.Finder, error) {
	project, err := projectName()
	if err != nil {
		return nil, err
	}
	settings, err := environment.Account(".", reviewStack)
	if err != nil {
		return nil, err
	}
	account, err := settings.Load(ctx)
	if err != nil {
		return nil, notLoggedIn(err)
	}
	return &leftover.Finder{
		Project: project, Environments: reviewStack + "-",
		Tags: resourcegroupstaggingapi.NewFromConfig(account), Logs: cloudwatchlogs.NewFromConfig(account), Databases: rds.NewFromConfig(account),
	}, nil
}

// make runs a target of the Makefile on a stack.
func (r *reviews) make(ctx context.Context, target, stack string) error {
	cmd := exec.CommandContext(ctx, "make", target, "STACK="+stack)
	// What make has set for its own recipe is not for another one.
	for _, variable := range os.Environ() {
		switch key, _, _ := strings.Cut(variable, "="); key {
		case "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "STACK":
		default:
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Stdout, cmd.Stderr = r.errs, r.errs
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Minute
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make %s STACK=%s: %w", target, stack, err)
	}
	return nil
}
