package account

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"gitlab.com/slipway/slipway/bootstrap/gitlab"
)

// Config is what the stack's file says. The keys are described in Pulumi.yaml.
type Config struct {
	Owner       string
	StateBucket string
	GitLab      gitlab.Issuer
	// PullAccounts are other accounts that run this one's images.
	PullAccounts []string
	// Environments are the refs that may take the roles, by environment.
	Environments map[string]gitlab.Refs
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

var stackName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)

// LoadConfig reads and checks the configuration; the error names every bad key.
func LoadConfig(ctx *pulumi.Context) (*Config, error) {
	values := config.New(ctx, "")
	c := &Config{
		Owner:       values.Get("owner"),
		StateBucket: values.Get("stateBucket"),
		GitLab:      gitlab.Issuer{URL: values.Get("gitlabUrl"), Project: values.Get("gitlabProject"), Audience: values.Get("audience")},
	}
	var problems []error
	for key, value := range map[string]string{"owner": c.Owner, "stateBucket": c.StateBucket} {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is missing", key))
		}
	}
	if err := values.GetObject("pullAccounts", &c.PullAccounts); err != nil {
		problems = append(problems, fmt.Errorf("pullAccounts: must be a list of accounts in quotes, such as [\"111122223333\"]: %w", err))
	}
	for i, id := range c.PullAccounts {
		if !accountID.MatchString(id) {
			problems = append(problems, fmt.Errorf("pullAccounts: %q is not the number of an AWS account, 12 digits in quotes such as \"111122223333\"", id))
		}
		if slices.Index(c.PullAccounts, id) < i {
			problems = append(problems, fmt.Errorf("pullAccounts: %q is given twice", id))
		}
	}
	if err := values.TryObject("environments", &c.Environments); err != nil {
		problems = append(problems, fmt.Errorf("environments: %w", err))
	}
	problems = append(problems, c.GitLab.Validate(), gitlab.ValidateRefs(c.Environments))
	if len(c.Environments) == 0 {
		problems = append(problems, errors.New("environments: name at least one, with its refs"))
	}
	for name := range c.Environments {
		if !stackName.MatchString(name) {
			problems = append(problems, fmt.Errorf("environments: %q must be up to 16 lower-case letters, digits and hyphens", name))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("configuration of bootstrap:\n%w", err)
	}
	return c, nil
}
