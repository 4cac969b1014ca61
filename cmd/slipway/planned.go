package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/gitlab"
	"gitlab.com/slipway/slipway/internal/problem"
)

// The files of a plan that is kept. What is secret in Pulumi's plan is encrypted by
// the stack's key, as in its state.
const (
	planFile        = "plan.json"
	plannedFile     = "planned.json"
	planPreviewFile = "preview.json"
)

// moved is the exit code when the state is not what was planned for.
const moved = 4

// planned is what a plan was made for.
type planned struct {
	Stack string `json:"stack"`
	// State is the version of the state, empty for none, and Written when it was.
	State   string    `json:"state"`
	Written time.Time `json:"written"`
	// Commit is what the plan was made from, empty outside a pipeline.
	Commit string `json:"commit"`
}

// planCommand keeps a plan for a later up.
func planCommand(t terminal) *cobra.Command {
	var stack, dir string
	command := &cobra.Command{
		Use:   "plan --stack STACK --dir DIRECTORY",
		Short: "Keep what an up would do, so that a later one does that and nothing else",
		Long: `Runs pulumi preview --save-plan, prints what would change, and keeps the plan with
the version of the state that it was made for. make up PLAN=DIRECTORY then does what
was planned, or says that the state has moved since.

A plan that has to build an image is not kept: what it will be is not known before.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			in, err := openBackend(ctx, stack)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fmt.Errorf("keep the plan of %s: %w", stack, err)
			}
			// Before the preview: what is written meanwhile is a move.
			made, err := planFor(ctx, in)
			if err != nil {
				return err
			}
			preview := filepath.Join(dir, planPreviewFile)
			failed := previewTo(ctx, preview, nil, t.errs, "--stack", stack, "--config-file", stackFile(stack), "--save-plan", filepath.Join(dir, planFile))
			p, err := readPlan(stack, preview)
			if err != nil {
				return cmp.Or(failed, err)
			}
			if _, err := fmt.Fprint(t.out, reportOn(p).Text(gitlab.MaxNote-topicRoom)); err != nil {
				return err
			}
			if failed != nil {
				return failed
			}
			if images := builds(p); len(images) > 0 {
				return &problem.Problem{
					What: fmt.Sprintf("the plan of %s is for an image that is in no repository: %s", stack, strings.Join(images, "\n")),
					Todo: "deploy this commit to the environment before it (staging), whose job builds and pushes the image, then plan again",
				}
			}
			text, err := json.Marshal(made)
			if err != nil {
				return fmt.Errorf("keep the plan of %s: %w", stack, err)
			}
			if err := os.WriteFile(filepath.Join(dir, plannedFile), text, 0o600); err != nil {
				return fmt.Errorf("keep the plan of %s: %w", stack, err)
			}
			fmt.Fprintf(t.errs, "==> kept the plan of %s in %s\n", stack, dir)
			return nil
		},
	}
	command.Flags().StringVar(&stack, "stack", "", "stack to plan for (required)")
	command.Flags().StringVar(&dir, "dir", "", "directory to keep the plan in (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	cobra.CheckErr(command.MarkFlagRequired("dir"))
	return command
}

// planFor is what a plan that is made now is made for.
func planFor(ctx context.Context, in *backend.Backend) (*planned, error) {
	state, err := in.Raw(ctx)
	if err != nil {
		return nil, err
	}
	made := &planned{Stack: in.Name(), Commit: os.Getenv("CI_COMMIT_SHA")}
	if state != nil {
		made.State, made.Written = state.Version, state.Written
	}
	return made, nil
}

// checkPlanned returns an error unless a plan was made for the stack as it is now.
// It is asked under the stack's lease: nothing moves after it.
func checkPlanned(ctx context.Context, in *backend.Backend, dir string) error {
	again := "plan again (the plan job, or make plan), look at what it prints, then deploy that"
	text, err := os.ReadFile(filepath.Join(dir, plannedFile))
	if err != nil {
		return &problem.Problem{What: fmt.Sprintf("there is no plan of %s to deploy; nothing was changed", in.Name()), Todo: again, Cause: err}
	}
	was := &planned{}
	if err := json.Unmarshal(text, was); err != nil {
		return &problem.Problem{What: fmt.Sprintf("%s in %s can't be read; nothing was changed", plannedFile, dir), Todo: again, Cause: err}
	}
	now, err := planFor(ctx, in)
	if err != nil {
		return err
	}
	switch {
	case was.Stack != now.Stack:
		return &problem.Problem{What: fmt.Sprintf("the plan is of %s, not of %s; nothing was changed", was.Stack, now.Stack), Todo: again}
	case was.State != now.State:
		return &problem.Problem{
			What: fmt.Sprintf("the state of %s has moved since it was planned for (written %s, now %s): what was reviewed is not what would happen; nothing was changed",
				now.Stack, when(was.Written), when(now.Written)),
			Todo: again, Code: moved,
		}
	case was.Commit != now.Commit:
		return &problem.Problem{What: fmt.Sprintf("the plan is of commit %q, not of %q; nothing was changed", was.Commit, now.Commit), Todo: again}
	}
	return nil
}

func when(written time.Time) string {
	if written.IsZero() {
		return "never"
	}
	return written.Format(time.RFC3339)
}
