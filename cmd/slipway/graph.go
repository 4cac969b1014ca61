package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/graph"
	"gitlab.com/slipway/slipway/internal/problem"
)

// graphCommand draws an environment, without an account.
func graphCommand(t terminal) *cobra.Command {
	var stack, component, format, dir, out string
	command := &cobra.Command{
		Use:   "graph",
		Short: "Draw what an environment is made of",
		Long: `Draws the components of an environment with what each uses, or the resources of
one component. Boxes with a red edge hold something that Pulumi refuses to delete.

The program runs under mocks: no account is needed and nothing is changed.

With --out it writes all pictures of the committed environments into a directory:
one for each environment, and one for each component.`,
		Example: `  slipway graph --stack prod >prod.svg
  slipway graph --stack prod --component network >network.svg`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !slices.Contains(graph.Formats, format) {
				return &problem.Problem{What: "unknown format " + format, Todo: "use one of " + strings.Join(graph.Formats, ", ")}
			}
			if err := environment.Enter(dir); err != nil {
				return err
			}
			if out != "" {
				return drawAll(command.Context(), out)
			}
			resources, err := registered(stack)
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
	command.Flags().StringVar(&out, "out", "", "write all pictures into this directory")
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	return command
}

func registered(stack string) ([]environment.Registration, error) {
	configuration, err := environment.Read(stack)
	if err != nil {
		return nil, err
	}
	return environment.Registered(stack, configuration)
}

// drawn are the environments in the documents. A component that several have is
// drawn as the first has it.
var drawn = []string{"prod", "staging"}

// drawAll writes STACK.svg for each environment and COMPONENT.svg for each
// component.
func drawAll(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pictures := map[string]*graph.Graph{}
	for _, stack := range drawn {
		resources, err := registered(stack)
		if err != nil {
			return err
		}
		pictures[stack] = graph.Overview(stack, resources)
		for _, name := range graph.Components(resources) {
			if pictures[name] == nil {
				if pictures[name], err = graph.Component(stack, name, resources); err != nil {
					return err
				}
			}
		}
	}
	for name, picture := range pictures {
		var svg bytes.Buffer
		if err := picture.Write(ctx, &svg, "svg"); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), svg.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
