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
}

var (
	refPattern     = regexp.MustCompile(`^(branch|tag):[^*?:]*\*?$`)
	projectPattern = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)
)

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	var problems []error
	report := func(field, format string, values ...any) {
		problems = append(problems, fmt.Errorf("gitlab."+field+": "+format, values...))
	}
	if u, err := url.Parse(a.Issuer.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || strings.HasSuffix(a.Issuer.URL, "/") {
		report("Issuer.URL", "%q is not an address such as https://gitlab.com", a.Issuer.URL)
	}
	if !projectPattern.MatchString(a.Issuer.Project) {
		report("Issuer.Project", "%q is not a path such as group/recipes", a.Issuer.Project)
	}
	if a.Issuer.Audience == "" {
		report("Issuer.Audience", "is missing: what .gitlab-ci.yml asks for in id_tokens")
	}
	if a.Account == nil || a.State.Project == "" || a.State.BucketARN == nil || a.State.TableARN == nil || a.State.KeyARN == nil {
		report("State", "the account, and the state's project, bucket, table and key are required")
	}
	for _, environment := range slices.Sorted(maps.Keys(a.Refs)) {
		for role, refs := range map[string][]string{"deploy": a.Refs[environment].Deploy, "preview": a.Refs[environment].Preview} {
			if len(refs) == 0 {
				report("Refs."+environment, "%s: name at least one branch or tag", role)
			}
			for _, ref := range refs {
				if !refPattern.MatchString(ref) || strings.HasSuffix(ref, ":") {
					report("Refs."+environment, "%s: %q must be branch:NAME or tag:NAME, where NAME may end in *", role, ref)
				} else if role == "deploy" && strings.HasSuffix(ref, ":*") && !a.Refs[environment].AnyBranch {
					report("Refs."+environment, "deploy: %q admits every ref: name protected ones, or say anyBranch: true", ref)
				}
			}
		}
	}
	return errors.Join(problems...)
}
