package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/comment"
	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/gitlab"
	"gitlab.com/slipway/slipway/cmd/slipway/plan"
	"gitlab.com/slipway/slipway/cmd/slipway/prices"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
	"gitlab.com/slipway/slipway/cmd/slipway/timing"
)

// drainDelay is how long the app serves on after SIGTERM by default, in seconds.
const drainDelay = 5

// commentCommand writes the note of a merge request.
func commentCommand(t terminal) *cobra.Command {
	var stack, preview, widget, of string
	var mergeRequest int64
	var show bool
	command := &cobra.Command{
		Use:   "comment --stack STACK --preview FILE",
		Short: "Say in the merge request what would change, what it costs and how long it takes",
		Long: `Writes a note on the merge request that the pipeline runs for, one for each stack,
and updates it when it is there: what is lost, what changes, what it costs in a
month before and after, and how long the deploy takes. Secrets are masked.

FILE is the output of: pulumi preview --json --show-sames

--widget writes the counts for GitLab's own report in the merge request
(artifacts:reports:terraform), which needs no token. The note needs the variable
GITLAB_TOKEN (docs/pipeline.md); without it the text goes into the job's log.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			p, err := readPlan(stack, preview)
			if err != nil {
				return err
			}
			if widget != "" {
				if err := writeWidget(widget, p); err != nil {
					return err
				}
			}
			report := reportOn(p)
			report.Of = of
			text := report.Text(gitlab.MaxNote - topicRoom)
			if show || gitlab.NoToken() {
				if !show {
					fmt.Fprintln(t.errs, "==> GITLAB_TOKEN is not set: no note is written, this is what it would say")
				}
				_, err := fmt.Fprint(t.out, text)
				return err
			}
			settings, err := gitlab.FromPipeline()
			if err != nil {
				return err
			}
			if mergeRequest == 0 {
				if mergeRequest, err = gitlab.MergeRequest(); err != nil {
					return err
				}
			}
			client, err := gitlab.New(settings)
			if err != nil {
				return err
			}
			created, err := client.PutNote(command.Context(), mergeRequest, "preview:"+stack, text)
			if err != nil {
				return err
			}
			did := "updated the note"
			if created {
				did = "wrote a note"
			}
			fmt.Fprintf(t.errs, "==> %s about %s on merge request !%d\n", did, stack, mergeRequest)
			return nil
		},
	}
	planFlags(command, &stack, &preview)
	command.Flags().Int64Var(&mergeRequest, "merge-request", 0, "number of the merge request (default: CI_MERGE_REQUEST_IID)")
	command.Flags().BoolVar(&show, "show", false, "print the note and write none")
	command.Flags().StringVar(&widget, "widget", "", "file to write the counts to that GitLab shows in the merge request")
	command.Flags().StringVar(&of, "of", "", "what slipway preview printed: when the state was written whose copy the preview is against")
	return command
}

// writeWidget writes the counts that GitLab shows in a merge request, in the form of
// https://docs.gitlab.com/user/infrastructure/iac/mr_integration/: what is replaced is
// deleted and created.
func writeWidget(file string, p *plan.Plan) error {
	replaced := p.Count(plan.Replace)
	text, err := json.Marshal(map[string]int{
		"create": p.Count(plan.Create) + replaced, "update": p.Count(plan.Update), "delete": p.Count(plan.Delete) + replaced,
	})
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the counts of %s: %w", p.Stack, err)
	}
	return nil
}

// topicRoom is what the line takes that a note is found again by.
const topicRoom = 200

// planFlags are the flags of commands that read a preview.
func planFlags(command *cobra.Command, stack, preview *string) {
	command.Flags().StringVar(stack, "stack", "", "stack that the preview is of (required)")
	command.Flags().StringVar(preview, "preview", "", "file with the output of pulumi preview --json --show-sames (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	cobra.CheckErr(command.MarkFlagRequired("preview"))
}

func readPlan(stack, file string) (*plan.Plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the preview of %s: %w", stack, err)
	}
	return plan.Parse(stack, text)
}

// reportOn prices and times a plan. What can't be priced or timed is said in the
// note: that is no reason to write none.
func reportOn(p *plan.Plan) *comment.Report {
	report := &comment.Report{Plan: p, JobURL: gitlab.JobURL(), Commit: os.Getenv("CI_COMMIT_SHORT_SHA")}
	before, after := p.Resources()
	list, err := pricing.ReadList(prices.USEast1)
	if err == nil {
		report.Cost, err = cost.Compare(list, p.Stack, before, after)
	}
	if err != nil {
		report.CostProblem = err.Error()
	}
	if report.Timing, err = timing.Compute(p.Stack, appTasks(after), drainDelay, after); err != nil {
		report.TimingProblem = err.Error()
	}
	return report
}

// appTasks is with how many tasks the service behind the load balancer begins.
func appTasks(resources []pricing.Resource) int {
	for _, res := range resources {
		if _, behind := res.Properties["loadBalancers"]; res.Type == "aws:ecs/service:Service" && behind {
			if count, is := res.Properties["desiredCount"].(float64); is && count >= 1 {
				return int(count)
			}
		}
	}
	return 1
}
