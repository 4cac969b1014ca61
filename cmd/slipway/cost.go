package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/prices"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
	"gitlab.com/slipway/slipway/internal/problem"
)

// costCommand prices environments from their files alone: it needs neither an
// account nor a deployment.
func costCommand(t terminal) *cobra.Command {
	var stacks []string
	var dir string
	var asJSON, check, options bool
	command := &cobra.Command{
		Use:   "cost",
		Short: "What environments cost in a month at rest, and what each option adds",
		Long: `What environments cost in a month when nobody uses them, at AWS's list prices,
and what each option would add.

The program runs under mocks with the environment's configuration, so no account
is needed and nothing is changed. Prices come from one dated file; what AWS
charges by use comes from the assumptions in it.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := environment.Enter(dir); err != nil {
				return err
			}
			list, err := pricing.ReadList(prices.USEast1)
			if err != nil {
				return err
			}
			pricer := cost.Pricer{List: list, Register: environment.Resources}
			var reports []*cost.Report
			var over []string
			for _, stack := range stacks {
				configuration, err := environment.Read(stack)
				if err != nil {
					return err
				}
				report, err := pricer.Price(stack, configuration)
				if err != nil {
					return err
				}
				if options {
					if err := pricer.Try(report, configuration); err != nil {
						return err
					}
				}
				reports = append(reports, report)
				if report.Over() {
					over = append(over, stack)
				}
			}
			if err := writeReports(t, reports, asJSON); err != nil {
				return err
			}
			if check && len(over) > 0 {
				return &problem.Problem{What: "over the target: " + strings.Join(over, ", "), Todo: "take one of the options that cost less, or raise the target with its reason"}
			}
			return nil
		},
	}
	command.Flags().StringSliceVar(&stacks, "stack", []string{"staging", "prod"}, "environment to price; repeatable")
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().BoolVar(&options, "options", true, "say what each option adds")
	command.Flags().BoolVar(&check, "check", false, "exit with 1 when an environment exceeds its target")
	return command
}

func writeReports(t terminal, reports []*cost.Report, asJSON bool) error {
	if asJSON {
		return t.json(reports)
	}
	for i, report := range reports {
		if i > 0 {
			fmt.Fprintln(t.out)
		}
		if err := report.Write(t.out); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(t.out, "\nprices with their sources, and what is assumed: cmd/slipway/prices/us-east-1.yaml")
	return err
}
