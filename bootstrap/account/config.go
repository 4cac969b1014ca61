package account

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"gitlab.com/slipway/slipway/bootstrap/gitlab"
)

// Config is what the stack's file says. The keys are described in Pulumi.yaml.
type Config struct {
	// Project is the name in Pulumi.yaml of the project whose stacks are the
	// environments.
	Project     string
	Owner       string
	StateBucket string
	GitLab      gitlab.Issuer
	// Environments are who may deploy, by environment.
	Environments map[string]gitlab.Environment
	// ImageAccount is the account whose images the environments run, empty for this
	// one. PullAccounts are those that may run this one's.
	ImageAccount string
	PullAccounts []string
}

var accountPattern = regexp.MustCompile(`^[0-9]{12}$`)

// LoadConfig reads and checks the configuration; the error names every bad key.
func LoadConfig(ctx *pulumi.Context) (*Config, error) {
	values := config.New(ctx, "")
	c := &Config{
		Owner:       values.Get("owner"),
		StateBucket: values.Get("stateBucket"),
		Project:     values.Get("project"),
		GitLab: gitlab.Issuer{
			URL: values.Get("gitlabUrl"), Project: values.Get("gitlabProject"), Audience: values.Get("audience"),
			WithoutEnvironment: values.GetBool("withoutEnvironment"),
		},
		ImageAccount: values.Get("imageAccount"),
	}
	var problems []error
	for key, value := range map[string]string{"project": c.Project, "owner": c.Owner, "stateBucket": c.StateBucket} {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is missing", key))
		}
	}
	if err := values.TryObject("environments", &c.Environments); err != nil {
		problems = append(problems, fmt.Errorf("environments: %w", err))
	}
	if values.Get("pullAccounts") != "" {
		if err := values.TryObject("pullAccounts", &c.PullAccounts); err != nil {
			problems = append(problems, fmt.Errorf("pullAccounts: %w", err))
		}
	}
	for _, account := range append([]string{c.ImageAccount}, c.PullAccounts...) {
		if account != "" && !accountPattern.MatchString(account) {
			problems = append(problems, fmt.Errorf("imageAccount, pullAccounts: %q is not the 12 digits of an account, in quotes", account))
		}
	}
	problems = append(problems, c.GitLab.Validate(), gitlab.ValidateEnvironments(c.Project, c.Environments))
	if len(c.Environments) == 0 {
		problems = append(problems, errors.New("environments: name at least one, with its refs"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("configuration of bootstrap:\n%w", err)
	}
	return c, nil
}
