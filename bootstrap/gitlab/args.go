package gitlab

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// Args describe the way in. All of them are required.
type Args struct {
	Issuer  Issuer
	Account *policy.Account
	State   State
	// Refs are the refs that may take the roles, by environment.
	Refs map[string]Refs
}

// Issuer is the GitLab instance, the one project on it, and what its tokens are
// for.
type Issuer struct {
	// URL is that of the instance, such as https://gitlab.com.
	URL string
	// Project is its path, such as "group/recipes".
	Project string
	// Audience is what .gitlab-ci.yml asks for in id_tokens.
	Audience string
}

// State is where Pulumi keeps the environments.
type State struct {
	// Project is the name in Pulumi.yaml.
	Project string
	// BucketARN, TableARN and KeyARN are the state's bucket, the leases' table and
	// the secrets' key.
	BucketARN, TableARN, KeyARN pulumi.StringInput
}

// Refs are the branches and tags whose jobs may take a role: branch:NAME or
// tag:NAME, where NAME may end in *.
type Refs struct {
	Deploy  []string `json:"deploy"`
	Preview []string `json:"preview"`
	// AnyBranch lets deploy name every branch, for environments that merge
	// requests make and throw away. Default: false.
	AnyBranch bool `json:"anyBranch"`
	// SharedNetwork says that the environment's stacks are in another's network, so
	// that the deploy role changes no network. Default: false.
	SharedNetwork bool `json:"sharedNetwork"`
	// ImageAccount is the account whose images the environment runs, 12 digits.
	// Default: this one.
	ImageAccount string `json:"imageAccount"`
}

var (
	refPattern     = regexp.MustCompile(`^(branch|tag):[^*?:]*\*?$`)
	accountPattern = regexp.MustCompile(`^([0-9]{12})?$`)
	projectPattern = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)
)

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	problems := []error{a.Issuer.Validate(), ValidateRefs(a.Refs)}
	if a.Account == nil || a.State.Project == "" || a.State.BucketARN == nil || a.State.TableARN == nil || a.State.KeyARN == nil {
		problems = append(problems, errors.New("gitlab.State: the account, and the state's project, bucket, table and key are required"))
	}
	return errors.Join(problems...)
}

// Validate reports every problem at once, each with the field's path.
func (i Issuer) Validate() error {
	var problems []error
	if u, err := url.Parse(i.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || strings.HasSuffix(i.URL, "/") {
		problems = append(problems, fmt.Errorf("gitlab.Issuer.URL: %q is not an address such as https://gitlab.com", i.URL))
	}
	if !projectPattern.MatchString(i.Project) {
		problems = append(problems, fmt.Errorf("gitlab.Issuer.Project: %q is not a path such as group/recipes", i.Project))
	}
	if i.Audience == "" {
		problems = append(problems, errors.New("gitlab.Issuer.Audience: is missing: what .gitlab-ci.yml asks for in id_tokens"))
	}
	return errors.Join(problems...)
}

// ValidateRefs reports every problem of the refs of all environments.
func ValidateRefs(environments map[string]Refs) error {
	var problems []error
	for _, environment := range slices.Sorted(maps.Keys(environments)) {
		refs := environments[environment]
		if !accountPattern.MatchString(refs.ImageAccount) {
			problems = append(problems, fmt.Errorf("gitlab.Refs.%s: imageAccount: %q is not the number of an AWS account, 12 digits in quotes such as \"111122223333\"", environment, refs.ImageAccount))
		}
		for _, role := range []string{"deploy", "preview"} {
			given := map[string][]string{"deploy": refs.Deploy, "preview": refs.Preview}[role]
			report := func(format string, values ...any) {
				problems = append(problems, fmt.Errorf("gitlab.Refs.%s: %s: %s", environment, role, fmt.Sprintf(format, values...)))
			}
			if len(given) == 0 {
				report("name at least one branch or tag")
			}
			for _, ref := range given {
				switch {
				case !refPattern.MatchString(ref) || strings.HasSuffix(ref, ":"):
					report("%q must be branch:NAME or tag:NAME, where NAME may end in *", ref)
				case role == "deploy" && strings.HasSuffix(ref, ":*") && !refs.AnyBranch:
					report("%q admits every ref: name protected ones, or say anyBranch: true", ref)
				}
			}
		}
	}
	return errors.Join(problems...)
}
