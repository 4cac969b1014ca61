package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/internal/awsconfig"
	"gitlab.com/slipway/slipway/internal/problem"
)

// setting is a value that comes from a flag, else from an environment variable,
// else from one of the stack's outputs, else from its default.
type setting struct {
	flag, variable, output, otherwise string
	about                             string
	optional                          bool
	into                              *string
}

// sources says where the value comes from without the flag.
func (s setting) sources() string {
	sources := s.variable
	if s.output != "" {
		sources += ", else output " + s.output
	}
	if s.otherwise != "" {
		sources += ", else " + s.otherwise
	}
	return sources
}

// stackFlags are the flags of commands that work on a deployed stack.
type stackFlags struct {
	stack, outputs, region string
	settings               []setting
}

// register adds the flags to a command.
func (f *stackFlags) register(command *cobra.Command, settings ...setting) {
	flags := command.Flags()
	flags.StringVar(&f.stack, "stack", "", "stack to work on (required)")
	flags.StringVar(&f.outputs, "outputs", "", "file with the output of `pulumi stack output --json`, - for the input")
	flags.StringVar(&f.region, "region", "", "AWS region (default: the stack's, else that of the environment)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	f.settings = settings
	for _, s := range settings {
		flags.StringVar(s.into, s.flag, "", fmt.Sprintf("%s (default: %s)", s.about, s.sources()))
	}
}

// resolve fills the settings in and reports all that are missing at once.
func (f *stackFlags) resolve(flags *pflag.FlagSet, in io.Reader) error {
	outputs, err := f.read(in)
	if err != nil {
		return err
	}
	if f.region == "" {
		f.region = regionOf(outputs)
	}
	var missing []string
	for _, s := range f.settings {
		switch {
		case flags.Changed(s.flag):
		case os.Getenv(s.variable) != "":
			*s.into = os.Getenv(s.variable)
		case s.output != "" && outputs[s.output] != "":
			*s.into = outputs[s.output]
		default:
			*s.into = s.otherwise
		}
		if *s.into == "" && !s.optional {
			missing = append(missing, fmt.Sprintf("--%s (%s)", s.flag, s.sources()))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &problem.Problem{
		What: fmt.Sprintf("not known of stack %s: %s", f.stack, strings.Join(missing, ", ")),
		Todo: "deploy the stack, and pass its outputs on: pulumi stack output --json > FILE, then --outputs FILE",
	}
}

// read reads the outputs. Lists become their elements with commas between.
func (f *stackFlags) read(in io.Reader) (map[string]string, error) {
	if f.outputs == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.outputs)
	if f.outputs == "-" {
		text, err = io.ReadAll(in)
	}
	if err != nil {
		return nil, fmt.Errorf("read the outputs of stack %s: %w", f.stack, err)
	}
	notDeployed := &problem.Problem{What: fmt.Sprintf("stack %s has no outputs", f.stack), Todo: "deploy it first"}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, notDeployed
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, &problem.Problem{What: fmt.Sprintf("the outputs of stack %s are no JSON object", f.stack), Todo: "make them with: pulumi stack output --json", Cause: err}
	}
	if len(values) == 0 {
		return nil, notDeployed
	}
	outputs := map[string]string{}
	for key, value := range values {
		switch value := value.(type) {
		case string:
			outputs[key] = value
		case float64:
			outputs[key] = fmt.Sprint(value)
		case []any:
			elements := make([]string, 0, len(value))
			for _, element := range value {
				elements = append(elements, fmt.Sprint(element))
			}
			outputs[key] = strings.Join(elements, ",")
		}
	}
	return outputs, nil
}

// regionOf takes the region from the ARN among the outputs.
func regionOf(outputs map[string]string) string {
	parts := strings.Split(outputs["commandTaskDefinition"], ":")
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[3]
}

// notLoggedIn says that AWS's clients can't be made.
func notLoggedIn(err error) error {
	if known := (&problem.Problem{}); errors.As(err, &known) {
		return err
	}
	return &problem.Problem{What: "can't read the AWS configuration", Todo: "log in to AWS", Cause: err}
}

// aws is the configuration for the stack's account, as its file says, in the region
// that it is in, whatever the environment's is.
func (f *stackFlags) aws(ctx context.Context) (aws.Config, error) {
	settings := awsconfig.Settings{}
	if root, err := environment.Find(""); err == nil {
		if settings, err = environment.Account(root, f.stack); err != nil {
			return aws.Config{}, err
		}
	}
	settings.Region = cmp.Or(f.region, settings.Region)
	loaded, err := settings.Load(ctx)
	if err != nil {
		return aws.Config{}, notLoggedIn(err)
	}
	if loaded.Region == "" {
		return aws.Config{}, &problem.Problem{What: "the AWS region is not known", Todo: "name it with --region or AWS_REGION"}
	}
	return loaded, nil
}
