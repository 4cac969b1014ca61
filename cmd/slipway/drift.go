package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/comment"
	"gitlab.com/slipway/slipway/cmd/slipway/gitlab"
	"gitlab.com/slipway/slipway/internal/problem"
)

// driftLabel is the label of issues about drift.
const driftLabel = "drift"

// drifted is the exit code when AWS differs from the program: the job fails, and
// is told apart from one that could not look.
const drifted = 3

// driftCommand keeps one issue for each stack that differs from AWS.
func driftCommand(t terminal) *cobra.Command {
	var stack, preview string
	var show bool
	command := &cobra.Command{
		Use:   "drift --stack STACK --preview FILE",
		Short: "Keep an issue while AWS differs from what the program says",
		Long: `Opens an issue when AWS differs from what the program says of a stack, updates it
as long as that lasts, and closes it when it is over. Secrets are masked. Exits
with 3 when something differs.

FILE is the output of: pulumi preview --refresh --json --show-sames

The issue needs the variable GITLAB_TOKEN (docs/pipeline.md); without it the text
goes into the job's log, which fails all the same.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			p, err := readPlan(stack, preview)
			if err != nil {
				return err
			}
			report := &comment.Drift{Plan: p, JobURL: gitlab.JobURL(), Commit: os.Getenv("CI_COMMIT_SHORT_SHA"), At: time.Now()}
			if len(p.Errors) > 0 {
				return &problem.Problem{What: fmt.Sprintf("the preview of %s failed: whether AWS differs is not known", stack), Todo: "look at its error in the job's log"}
			}
			if show || gitlab.NoToken() {
				if !show {
					fmt.Fprintln(t.errs, "==> GITLAB_TOKEN is not set: no issue is kept, this is what it would say")
				}
				if _, err := fmt.Fprint(t.out, report.Text(gitlab.MaxDescription-topicRoom)); err != nil {
					return err
				}
				return differs(report)
			}
			settings, err := gitlab.FromPipeline()
			if err != nil {
				return err
			}
			client, err := gitlab.New(settings)
			if err != nil {
				return err
			}
			topic := "drift:" + stack
			if !report.Found() {
				url, err := client.CloseIssue(command.Context(), topic, driftLabel, report.Over())
				if err == nil && url != "" {
					fmt.Fprintf(t.errs, "==> closed the issue about %s: %s\n", stack, url)
				}
				return err
			}
			url, opened, err := client.PutIssue(command.Context(), gitlab.Issue{
				Topic: topic, Label: driftLabel, Title: report.Title(), Body: report.Text(gitlab.MaxDescription - topicRoom),
			})
			if err != nil {
				return err
			}
			did := "updated the issue"
			if opened {
				did = "opened an issue"
			}
			fmt.Fprintf(t.errs, "==> %s about %s: %s\n", did, stack, url)
			return differs(report)
		},
	}
	planFlags(command, &stack, &preview)
	command.Flags().BoolVar(&show, "show", false, "print the issue and write none")
	return command
}

// differs is the error when something differs.
func differs(report *comment.Drift) error {
	if !report.Found() {
		return nil
	}
	return &problem.Problem{What: report.Title(), Todo: "deploy the stack to bring AWS back, or change the program to what AWS is", Code: drifted}
}
