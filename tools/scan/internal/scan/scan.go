// Package scan checks what the stacks of a program register.
package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/scan/internal/checkov"
	"gitlab.com/slipway/slipway/tools/scan/internal/engine"
	"gitlab.com/slipway/slipway/tools/scan/internal/plan"
)

// Stack is a stack's plan and what checkov found in it.
type Stack struct {
	Name string
	// Config is the stack's configuration, by key with its namespace.
	Config map[string]string
	Plan   *plan.Plan
	Result *checkov.Result
}

// Stacks lists the stacks whose files are in dir, as Pulumi.prod.yaml is.
func Stacks(dir string) ([]string, error) {
	// Not filepath.Glob, which takes a [ in dir for a pattern.
	files, err := fs.Glob(os.DirFS(dir), "Pulumi.*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the stacks: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no Pulumi.<stack>.yaml in %s", dir)
	}
	stacks := make([]string, 0, len(files))
	for _, file := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(file, "Pulumi."), ".yaml"))
	}
	slices.Sort(stacks)
	return stacks, nil
}

// Value is the stack's value of a key of the program's own.
func (s Stack) Value(key string) string {
	for full, value := range s.Config {
		namespace, name, _ := strings.Cut(full, ":")
		if name == key && namespace != "aws" {
			return value
		}
	}
	return ""
}

// Plan makes the plan of a program with the configuration of a stack.
func Plan(stack string, config map[string]string, program pulumi.RunFunc, options ...pulumi.RunOption) (_ *plan.Plan, err error) {
	e, err := engine.Start()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	recording, err := mocktest.Record(stack, config, program, append(options, e.Take)...)
	if err != nil {
		return nil, fmt.Errorf("run the program for stack %s: %w", stack, err)
	}
	p, err := plan.New(recording, config["aws:region"])
	if err != nil {
		return nil, fmt.Errorf("make a plan of stack %s:\n%w", stack, err)
	}
	return p, nil
}

// Check has checkov check a stack's plan.
func Check(ctx context.Context, binary, stack string, p *plan.Plan) (Stack, error) {
	result, err := checkov.Run(ctx, binary, p)
	if err != nil {
		return Stack{}, fmt.Errorf("check stack %s: %w", stack, err)
	}
	s := Stack{Name: stack, Plan: p, Result: result}
	return s, s.complete()
}

// What the program's stacks are at least checked for: a plan that lost its
// resources, or a checkov that lost its checks, must not pass. Raise them with
// the program.
const (
	leastKinds = 90
	leastTypes = 25
)

// thorough makes sure that checkov has checked as much as it should.
func (s Stack) thorough() error {
	kinds, types := map[string]bool{}, map[string]bool{}
	for _, f := range slices.Concat(s.Result.Passed, s.Result.Failed) {
		typ, _, _ := strings.Cut(f.Address, ".")
		kinds[f.Check], types[typ] = true, true
	}
	if len(kinds) < leastKinds || len(types) < leastTypes {
		return fmt.Errorf("stack %s: only %d kinds of checks of %d types were made, less than %d of %d",
			s.Name, len(kinds), len(types), leastKinds, leastTypes)
	}
	return nil
}

// complete makes sure that checkov has seen the whole plan.
func (s Stack) complete() error {
	if s.Result.Resources != len(s.Plan.Resources) {
		return fmt.Errorf("stack %s: checkov read %d of %d resources", s.Name, s.Result.Resources, len(s.Plan.Resources))
	}
	for _, f := range slices.Concat(s.Result.Passed, s.Result.Failed) {
		if s.Plan.Find(f.Address) == nil && !strings.HasPrefix(f.Address, "aws.") {
			return fmt.Errorf("stack %s: %s is about %s, which is not in the plan", s.Name, f.Check, f.Address)
		}
	}
	return nil
}
