package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/reference"
)

// referenceCommand writes the pages of the documents that the program makes.
func referenceCommand(t terminal) *cobra.Command {
	var dir string
	pages := map[string]func() (string, error){
		"configuration": func() (string, error) { return reference.Page("staging", "prod") },
		"runbook":       func() (string, error) { return reference.Runbook("prod") },
	}
	command := &cobra.Command{
		Use:   "reference configuration|runbook",
		Short: "Print a page of the documents that is made from the program",
		Long: `Prints, in Markdown, every key that Pulumi.yaml describes with its type, meaning and
value in staging and prod (docs/configuration.md), or every alarm with what it
means and what to do first (docs/runbook.md).`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: slices.Sorted(maps.Keys(pages)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := environment.Enter(dir); err != nil {
				return err
			}
			page, err := pages[args[0]]()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(t.out, page)
			return err
		},
	}
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	return command
}
