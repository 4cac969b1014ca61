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
	// Environments are those that may be deployed, by name.
	Environments map[string]Environment
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
	// WithoutEnvironment is for a GitLab before 18.7, whose tokens' subject ends with
	// the ref: whoever may run a job on such a ref may deploy, approved or not.
	// Default: false, the subject names the environment.
	WithoutEnvironment bool
}

// State is where Pulumi keeps the environments.
type State struct {
	// Project is the name in Pulumi.yaml.
	Project string
	// ImageAccount is the account that holds the images, empty for this one.
	ImageAccount string
	// BucketARN, TableARN and KeyARN are the state's bucket, the leases' table and
	// the secrets' key.
	BucketARN, TableARN, KeyARN pulumi.StringInput
}

// Environment is who may deploy a stack, and what the stack may hold. Branches and
// tags are named branch:NAME or tag:NAME, where NAME may end in *.
type Environment struct {
	// Deploy are the refs whose jobs deploy. Their jobs may look for drift and watch
	// alarms too. Required, protected ones.
	Deploy []string `json:"deploy"`
	// Preview are the refs whose jobs may see what a change would do. They read no
	// secret and no state. Default: none.
	Preview []string `json:"preview"`
	// Unprotected says that GitLab does not protect the environment of this name, as
	// its free tier can't. Default: false, deploys come from the protected one only.
	Unprotected bool `json:"unprotected"`
	// SharedNetwork is the environment in whose network this one is. It stands for
	// the stacks NAME-1, NAME-2 and so on, which change no network and which every
	// branch may deploy. Default: a network of its own.
	SharedNetwork string `json:"sharedNetwork"`
	// Domains are the names that the environment has in DNS. Default: none.
	Domains []string `json:"domains"`
	// Firewall and CDN say whether it has these. Default: false.
	Firewall bool `json:"firewall"`
	CDN      bool `json:"cdn"`
}

var (
	refPattern     = regexp.MustCompile(`^(branch|tag):[^*?:]*\*?$`)
	projectPattern = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)
	// namePattern is what every service takes as part of a name.
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// domainPattern is a name in DNS as Route 53's conditions spell it.
	domainPattern = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

const (
	// maxNames is how long the project's and an environment's name may be together,
	// which the program checks too.
	maxNames = 26
	// pipeline is the pipeline's own place among the paths of stacks.
	pipeline = "pipeline"
)

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	problems := []error{a.Issuer.Validate(), ValidateEnvironments(a.State.Project, a.Environments)}
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

// ValidateEnvironments reports every problem of all environments of a project.
func ValidateEnvironments(project string, environments map[string]Environment) error {
	var problems []error
	names := slices.Sorted(maps.Keys(environments))
	for _, name := range names {
		report := func(format string, values ...any) {
			problems = append(problems, fmt.Errorf("environments.%s: %s", name, fmt.Sprintf(format, values...)))
		}
		switch {
		case !namePattern.MatchString(name):
			report("must be lower-case letters, digits and single hyphens and begin with a letter")
		case name == pipeline:
			report("is the pipeline's own place: take another name")
		case len(project)+len(name) > maxNames:
			report("has with project %s more than the %d characters that the program takes", project, maxNames)
		}
		// Names of resources begin with the environment's and a hyphen.
		for _, other := range names {
			if strings.HasPrefix(other, name+"-") {
				report("begins the name of %s: whoever deploys it could change the other's. Rename one", other)
			}
		}
		environments[name].validate(environments, report)
	}
	return errors.Join(problems...)
}

func (e Environment) validate(all map[string]Environment, report func(string, ...any)) {
	if len(e.Deploy) == 0 {
		report("deploy: name at least one branch or tag")
	}
	for role, refs := range map[string][]string{"deploy": e.Deploy, "preview": e.Preview} {
		for _, ref := range refs {
			switch {
			case !refPattern.MatchString(ref) || strings.HasSuffix(ref, ":"):
				report("%s: %q must be branch:NAME or tag:NAME, where NAME may end in *", role, ref)
			case role == "deploy" && strings.HasSuffix(ref, ":*") && e.SharedNetwork == "":
				report("%s: %q admits every ref: name protected ones. Only an environment with sharedNetwork may be every branch's", role, ref)
			}
		}
	}
	for _, domain := range e.Domains {
		if !domainPattern.MatchString(domain) {
			report("domains: %q must be a name such as recipes.example.com", domain)
		}
	}
	if e.SharedNetwork == "" {
		return
	}
	if host, known := all[e.SharedNetwork]; !known || host.SharedNetwork != "" {
		report("sharedNetwork: %q is no environment with a network of its own", e.SharedNetwork)
	}
	if len(e.Domains) > 0 || e.Firewall || e.CDN {
		report("domains, firewall and cdn: every branch may deploy it: it has none of them")
	}
	if len(e.Preview) > 0 {
		report("preview: its stacks have none: leave it out")
	}
}
