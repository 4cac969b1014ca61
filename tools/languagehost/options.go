package main

import (
	"errors"
	"fmt"
)

// options are the runtime options of Pulumi.yaml.
type options struct {
	binary      string // run this prebuilt program
	buildTarget string // compile to this path
}

func parseOptions(raw map[string]any) (options, error) {
	var o options
	var problems []error
	for name, target := range map[string]*string{"binary": &o.binary, "buildTarget": &o.buildTarget} {
		value, ok := raw[name]
		if !ok {
			continue
		}
		if *target, ok = value.(string); !ok {
			problems = append(problems, fmt.Errorf("runtime option %s in Pulumi.yaml is %v: it has to be a string", name, value))
		}
	}
	if o.binary != "" && o.buildTarget != "" {
		problems = append(problems, errors.New("runtime options binary and buildTarget in Pulumi.yaml exclude each other: keep one"))
	}
	return o, errors.Join(problems...)
}
