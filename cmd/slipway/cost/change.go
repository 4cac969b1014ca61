package cost

import (
	"fmt"
	"maps"
	"slices"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// Change is what a plan does to the cost of an environment in a month at rest.
type Change struct {
	Stack string
	// Before and After are totals in USD.
	Before, After float64
	// Components are those whose cost changes, in alphabetical order.
	Components []ComponentChange
	// Target is nil for environments without one.
	Target *float64
}

// ComponentChange is what a plan does to the cost of one component.
type ComponentChange struct {
	Component     string
	Before, After float64
}

// Compare prices the resources of an environment before and after a plan.
func Compare(list *pricing.List, stack string, before, after []pricing.Resource) (*Change, error) {
	then, err := list.Estimate(before)
	if err != nil {
		return nil, fmt.Errorf("price %s as it is: %w", stack, err)
	}
	next, err := list.Estimate(after)
	if err != nil {
		return nil, fmt.Errorf("price %s as it is planned: %w", stack, err)
	}
	change := &Change{Stack: stack, Before: then.Total, After: next.Total}
	if target, known := Targets[stack]; known {
		change.Target = &target
	}
	befores, afters := byComponent(then), byComponent(next)
	components := maps.Clone(befores)
	maps.Copy(components, afters)
	for _, component := range slices.Sorted(maps.Keys(components)) {
		c := ComponentChange{Component: component, Before: befores[component], After: afters[component]}
		if amount(c.Before) != amount(c.After) {
			change.Components = append(change.Components, c)
		}
	}
	return change, nil
}

// Over reports whether the environment will exceed its target.
func (c *Change) Over() bool { return c.Target != nil && c.After > *c.Target }

func byComponent(estimate *pricing.Estimate) map[string]float64 {
	sums := map[string]float64{}
	for _, line := range estimate.Lines {
		sums[line.Component] += line.Monthly
	}
	return sums
}
