package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/scan/internal/plan"
)

// Options say what to check and where things are.
type Options struct {
	// Run is the program, and Root its directory, where Pulumi.yaml is.
	Run  pulumi.RunFunc
	Root string
	// Checkov is the checkov program.
	Checkov string
	// Plans is a directory to keep the plans in. Empty: they are not kept.
	Plans string
}

// Program checks all stacks of the program.
func Program(ctx context.Context, o Options) ([]Stack, error) {
	// The program finds the app's image by the directory that it runs in.
	if err := os.Chdir(o.Root); err != nil {
		return nil, fmt.Errorf("go to the program: %w", err)
	}
	names, err := Stacks(".")
	if err != nil {
		return nil, err
	}
	stacks, failures := make([]Stack, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { stacks[i], failures[i] = checkStack(ctx, o, name) })
	}
	all.Wait()
	return stacks, errors.Join(failures...)
}

func checkStack(ctx context.Context, o Options, name string) (Stack, error) {
	config, err := mocktest.StackConfig(".", name)
	if err != nil {
		return Stack{}, err
	}
	p, err := Plan(name, config, o.Run, func(info *pulumi.RunInfo) { info.RootDirectory = "." })
	if err != nil {
		return Stack{}, err
	}
	if err := keep(o.Plans, name, p); err != nil {
		return Stack{}, err
	}
	s, err := Check(ctx, o.Checkov, name, p)
	if err != nil {
		return Stack{}, err
	}
	s.Config = config
	return s, s.thorough()
}

// keep writes a plan for people to look at. It holds the values of secrets.
func keep(dir, stack string, p *plan.Plan) error {
	if dir == "" {
		return nil
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write the plan of stack %s: %w", stack, err)
	}
	if err := os.WriteFile(filepath.Join(dir, stack+".json"), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the plan of stack %s: %w", stack, err)
	}
	return nil
}
