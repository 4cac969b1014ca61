package main

import (
	"strings"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/timing"
	"gitlab.com/slipway/slipway/internal/problem"
)

// timingCommand tells how long a deploy takes on AWS, without an account.
func timingCommand(t terminal) *cobra.Command {
	var stacks []string
	var dir string
	var tasks int
	var drain float64
	var asJSON, check bool
	command := &cobra.Command{
		Use:   "timing",
		Short: "How long a deploy takes on AWS, from the settings alone",
		Long: `The least time that a deploy takes on AWS by its settings: health checks,
deregistration delay, stop timeout, minimum and maximum of healthy tasks. What
Fargate adds is a round figure. The program runs under mocks: no account is
needed and nothing is changed.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := environment.Enter(dir); err != nil {
				return err
			}
			var reports []*timing.Report
			var over []string
			for _, stack := range stacks {
				report, err := timeStack(stack, tasks, drain)
				if err != nil {
					return err
				}
				if report.Over() {
					over = append(over, stack)
				}
				reports = append(reports, report)
			}
			if err := writeTiming(t, reports, asJSON); err != nil {
				return err
			}
			if check && len(over) > 0 {
				return &problem.Problem{What: "over the target: " + strings.Join(over, ", "), Todo: "check targets more often, or let them drain for less time"}
			}
			return nil
		},
	}
	command.Flags().StringSliceVar(&stacks, "stack", []string{"staging", "prod"}, "environment; repeatable")
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	command.Flags().IntVar(&tasks, "tasks", 2, "number of the app's tasks")
	command.Flags().Float64Var(&drain, "drain", 5, "seconds that the app serves on after SIGTERM, its DRAIN_DELAY")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().BoolVar(&check, "check", false, "exit with 1 when an environment exceeds the target")
	return command
}

func timeStack(stack string, tasks int, drain float64) (*timing.Report, error) {
	if tasks < 1 || drain < 0 {
		return nil, &problem.Problem{What: "--tasks must be 1 or more, --drain 0 or more"}
	}
	configuration, err := environment.Read(stack)
	if err != nil {
		return nil, err
	}
	resources, err := environment.Resources(stack, configuration)
	if err != nil {
		return nil, err
	}
	return timing.Compute(stack, tasks, drain, resources)
}

func writeTiming(t terminal, reports []*timing.Report, asJSON bool) error {
	if asJSON {
		return t.json(reports)
	}
	for i, report := range reports {
		if i > 0 {
			if _, err := t.out.Write([]byte("\n")); err != nil {
				return err
			}
		}
		if err := report.Write(t.out); err != nil {
			return err
		}
	}
	return nil
}
