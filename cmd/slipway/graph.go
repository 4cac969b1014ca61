package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/graph"
	"gitlab.com/slipway/slipway/internal/problem"
)

// graphCommand draws an environment, without an account.
func graphCommand(t terminal) *cobra.Command {
	var stack, component, format, dir string
	command := &cobra.Command{
		Use:   "graph",
		Short: "Draw what an environment is made of",
		Long: `Draws the components of an environment with what each uses, or the resources of
one component. Boxes with a red edge hold something that Pulumi refuses to delete.

The program runs under mocks: no account is needed and nothing is changed.`,
		Example: `  slipway graph --stack prod >prod.svg
  slipway graph --stack prod --component network --format png >network.png`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !slices.Contains(graph.Formats, format) {
				return &problem.Problem{What: "unknown format " + format, Todo: "use one of " + strings.Join(graph.Formats, ", ")}
			}
			if err := environment.Enter(dir); err != nil {
				return err
			}
			configuration, err := environment.Read(stack)
			if err != nil {
				return err
			}
			resources, err := environment.Registered(stack, configuration)
			if err != nil {
				return err
			}
			drawing := graph.Overview(stack, resources)
			if component != "" {
				if drawing, err = graph.Component(stack, component, resources); err != nil {
					return &problem.Problem{What: "nothing is drawn", Cause: err, Todo: "name one of them with --component"}
				}
			}
			return drawing.Write(command.Context(), t.out, format)
		},
	}
	command.Flags().StringVar(&stack, "stack", "staging", "environment to draw")
	command.Flags().StringVar(&component, "component", "", "draw the resources of this component (default: all components)")
	command.Flags().StringVar(&format, "format", "svg", "one of "+strings.Join(graph.Formats, ", "))
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	return command
}
