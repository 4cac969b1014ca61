package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/reference"
)

// referenceCommand writes the page of all configuration keys.
func referenceCommand(t terminal) *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:   "reference",
		Short: "Print the page of all configuration keys in Markdown",
		Long: `Prints every key that Pulumi.yaml describes, with its type, its meaning and its
value in staging and prod, as docs/configuration.md holds it.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := environment.Enter(dir); err != nil {
				return err
			}
			page, err := reference.Page("staging", "prod")
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
