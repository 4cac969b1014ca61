package firewall

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
)

// DefaultRequestsPer5Minutes is AWS's own sample of a limit for a whole site, 6
// requests a second for 5 minutes: more than a person causes, and enough for an
// office behind one address.
// https://aws.amazon.com/blogs/security/three-most-important-aws-waf-rate-based-rules/
const DefaultRequestsPer5Minutes = 2000

// What AWS takes as a limit.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
const minRequests, maxRequests = 10, 2_000_000_000

// maxPattern is the most characters of a regular expression.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_RegexMatchStatement.html
const maxPattern = 512

// Args describe a firewall.
type Args struct {
	// LoadBalancerARN is the application load balancer to protect. Required.
	LoadBalancerARN pulumi.StringInput
	// RequestsPer5Minutes is how many requests one address may make in any 5
	// minutes; further ones get status 429. 10 to 2,000,000,000. Default: 2000.
	RequestsPer5Minutes int
	// UploadPaths are regular expressions of the paths that take files, such as
	// "^/api/recipes/[0-9]+/image/$". Default: none.
	UploadPaths []string
	// WithoutSQLRules leaves out the rule group against SQL injection, 1 USD a
	// month: for apps that bind every parameter, and whose users write text which
	// may read like SQL. Default: false.
	WithoutSQLRules bool
	// LogRetentionDays is how long the log is kept, in days, one of CloudWatch's
	// values. Default: 30.
	LogRetentionDays int
	// KeyARN is the KMS key that encrypts the log; its policy must admit
	// CloudWatch Logs, see key.Logs. Default: CloudWatch's own encryption.
	KeyARN pulumi.StringInput
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("firewall: args are required")
	}
	a = a.withDefaults()
	var problems []error
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("firewall.%s: %w", field, err))
		}
	}
	if a.LoadBalancerARN == nil {
		report("LoadBalancerARN", errors.New("required"))
	}
	if a.RequestsPer5Minutes < minRequests || a.RequestsPer5Minutes > maxRequests {
		report("RequestsPer5Minutes", fmt.Errorf("%d must be %d to %d", a.RequestsPer5Minutes, minRequests, maxRequests))
	}
	for i, path := range a.UploadPaths {
		report(fmt.Sprintf("UploadPaths[%d]", i), validPath(path))
	}
	report("LogRetentionDays", logs.ValidRetention(a.LogRetentionDays))
	return errors.Join(problems...)
}

// validPath wants an anchor: without one the expression would match, and exempt,
// any path that holds a match somewhere.
func validPath(path string) error {
	if _, err := regexp.Compile(path); err != nil || !strings.HasPrefix(path, "^/") || len(path) > maxPattern {
		return fmt.Errorf("%q must be a regular expression of at most %d characters that begins with ^/", path, maxPattern)
	}
	return nil
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.RequestsPer5Minutes = cmp.Or(b.RequestsPer5Minutes, DefaultRequestsPer5Minutes)
	return &b
}
