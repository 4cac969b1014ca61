package cost

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// Targets are what environments may cost in a month at rest, in USD.
var Targets = map[string]float64{"staging": 60, "prod": 220}

// Report is what one environment costs.
type Report struct {
	Stack    string  `json:"stack"`
	Region   string  `json:"region"`
	Currency string  `json:"currency"`
	Date     string  `json:"pricesOf"`
	Hours    float64 `json:"hours"`
	*pricing.Estimate
	// Target is nil for environments without one.
	Target *float64 `json:"targetUsd,omitempty"`
	// Options are the alternatives, the keys in alphabetical order.
	Options []Option `json:"options,omitempty"`
}

// Option is the environment with another value of one configuration key.
type Option struct {
	// Set are the changed keys, with those that have to change with them.
	Set   map[string]string `json:"set"`
	Total float64           `json:"totalUsd,omitempty"`
	Adds  float64           `json:"addsUsd"`
	// Refused says why the environment takes no such value.
	Refused string `json:"refused,omitempty"`
}

// Name is "key=value", for several keys with spaces between.
func (o Option) Name() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(o.Set)) {
		value := o.Set[key]
		if value == "" {
			value = `""`
		}
		parts = append(parts, key+"="+value)
	}
	return strings.Join(parts, " ")
}

// Register tells what an environment registers with a configuration.
type Register func(stack string, configuration environment.Configuration) ([]pricing.Resource, error)

// Pricer prices environments.
type Pricer struct {
	List     *pricing.List
	Register Register
}

// Price prices an environment as it is.
func (p Pricer) Price(stack string, configuration environment.Configuration) (*Report, error) {
	estimate, err := p.estimate(stack, configuration)
	if err != nil {
		return nil, fmt.Errorf("price %s: %w", stack, err)
	}
	report := &Report{
		Stack: stack, Region: p.List.Region, Currency: p.List.Currency, Date: p.List.Date, Hours: p.List.Hours,
		Estimate: estimate,
	}
	if target, known := Targets[stack]; known {
		report.Target = &target
	}
	return report, nil
}

// Try adds to a report what each option adds.
func (p Pricer) Try(report *Report, configuration environment.Configuration) error {
	for _, key := range slices.Sorted(maps.Keys(options)) {
		for _, choice := range options[key] {
			if isSet(configuration, choice) {
				continue
			}
			option := Option{Set: choice}
			then, err := p.estimate(report.Stack, configuration.With(choice))
			var refused refusal
			switch {
			case errors.As(err, &refused):
				option.Refused = refused.reason()
			case err != nil:
				return fmt.Errorf("price %s with %s: %w", report.Stack, option.Name(), err)
			default:
				option.Total = then.Total
				option.Adds = math.Round((then.Total-report.Total)*100) / 100
			}
			report.Options = append(report.Options, option)
		}
	}
	return nil
}

func (p Pricer) estimate(stack string, configuration environment.Configuration) (*pricing.Estimate, error) {
	resources, err := p.Register(stack, configuration)
	if err != nil {
		return nil, refusal{err}
	}
	return p.List.Estimate(resources)
}

// Over reports whether the environment exceeds its target.
func (r *Report) Over() bool { return r.Target != nil && r.Total > *r.Target }

// isSet reports whether an environment has these values.
func isSet(configuration environment.Configuration, choice choice) bool {
	for key, value := range choice {
		if configuration.Value(key) != value {
			return false
		}
	}
	return true
}

// refusal is the program's own error.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// reason is the last part of the program's error: what comes before it says
// which file to correct, and there is none.
func (r refusal) reason() string {
	text := strings.TrimSpace(r.Error())
	return strings.ReplaceAll(strings.TrimSpace(text[strings.LastIndex(text, ":\n")+1:]), "\n", "; ")
}
