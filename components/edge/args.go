package edge

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Defaults of an edge.
const (
	// DefaultTargetPort is the port that a target listens on.
	DefaultTargetPort = 8000
	// DefaultHealthCheckPath is what the load balancer asks a target for.
	DefaultHealthCheckPath = "/health/live"
)

// IdleTimeoutSeconds is how long the load balancer keeps an unused connection to
// a target open. A target must keep it longer: a request that meets a closing
// connection ends as a 502. It is AWS's own default.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
const IdleTimeoutSeconds = 60

// Desync says what becomes of requests that two servers could read differently.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode
type Desync string

const (
	// DesyncDefensive refuses severe ones and closes the connection after
	// ambiguous ones. The zero value means it.
	DesyncDefensive Desync = "defensive"
	// DesyncStrictest takes requests only that follow the RFC to the letter,
	// which some clients' do not.
	DesyncStrictest Desync = "strictest"
)

// Desyncs are the values that Desync takes.
var Desyncs = []Desync{DesyncDefensive, DesyncStrictest}

// Args describe an edge.
type Args struct {
	// VPCID is the VPC of the security and target group. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are the public subnets, in two zones or more. Required.
	SubnetIDs pulumi.StringArrayInput
	// TargetPort is the port that the targets listen on. Default: 8000.
	TargetPort int
	// HealthCheckPath answers 200 when a target can serve. Default: /health/live.
	HealthCheckPath string
	// Domain is the host name that the edge serves, such as "recipes.example.com".
	// Default: none, plain HTTP under the load balancer's own name.
	Domain string
	// Redirects are more host names, which lead to Domain: "www.example.com" beside
	// "example.com". Default: none.
	Redirects []string
	// ZoneID is the Route 53 hosted zone that holds Domain and Redirects. Required
	// with Domain.
	ZoneID pulumi.StringInput
	// AccessLogsBucket is the bucket that the record of all requests goes to; it
	// must admit the load balancer, see storage.LoadBalancerLogs. Default: none,
	// no record is kept.
	AccessLogsBucket pulumi.StringInput
	// AccessLogsPrefix is where in the bucket the record goes, without slashes
	// around. Default: the bucket's root, where storage.LoadBalancerLogs admits it.
	AccessLogsPrefix string
	// Desync says what becomes of ambiguous requests. Default: defensive.
	Desync Desync
	// Disposable lets the load balancer be deleted. Default: false.
	Disposable bool
}

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)

// Limits of a certificate's names, in octets: of its first one, which becomes
// the common name, and of every one.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const (
	MaxDomain   = 64
	MaxRedirect = 253
)

// MaxRedirects is how many names one rule of a listener can ask for.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
const MaxRedirects = 5

// ValidDomain refuses what is no fully qualified host name in lower case, or too
// long for the first name of ACM's certificates.
func ValidDomain(name string) error {
	if err := ValidRedirect(name); err != nil {
		return err
	}
	if len(name) > MaxDomain {
		return fmt.Errorf("%q has %d characters: the first name of a certificate can have %d", name, len(name), MaxDomain)
	}
	return nil
}

// ValidRedirect refuses what is no fully qualified host name in lower case, or
// too long for ACM's certificates.
func ValidRedirect(name string) error {
	if len(name) > MaxRedirect || !domainPattern.MatchString(name) {
		return fmt.Errorf("%q is not a host name such as recipes.example.com", name)
	}
	return nil
}

// ValidRedirects refuses more names than a rule can ask for, one twice, and the
// domain among them.
func ValidRedirects(domain string, names []string) error {
	var problems []error
	if len(names) > MaxRedirects {
		problems = append(problems, fmt.Errorf("%d names: a load balancer's rule takes %d", len(names), MaxRedirects))
	}
	for i, name := range names {
		if err := ValidRedirect(name); err != nil {
			problems = append(problems, err)
		}
		if slices.Index(names, name) < i {
			problems = append(problems, fmt.Errorf("%q is given twice", name))
		}
		if name == domain {
			problems = append(problems, fmt.Errorf("%q is the domain itself", name))
		}
	}
	if len(names) > 0 && domain == "" {
		problems = append(problems, errors.New("there is no domain to lead to"))
	}
	return errors.Join(problems...)
}

// MaxName is the most characters that an edge's name may have. AWS takes 32 for a
// load balancer's and a target group's, of which Pulumi uses 8:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
const MaxName = 32 - 8

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("edge: args are required")
	}
	a = a.withDefaults()
	var problems []error
	if a.VPCID == nil {
		problems = append(problems, errors.New("edge.VPCID: required"))
	}
	if a.SubnetIDs == nil {
		problems = append(problems, errors.New("edge.SubnetIDs: required"))
	}
	if a.TargetPort < 1 || a.TargetPort > 65535 {
		problems = append(problems, fmt.Errorf("edge.TargetPort: %d must be 1 to 65535", a.TargetPort))
	}
	if !strings.HasPrefix(a.HealthCheckPath, "/") {
		problems = append(problems, fmt.Errorf("edge.HealthCheckPath: %q must begin with /", a.HealthCheckPath))
	}
	if a.Domain != "" {
		if err := ValidDomain(a.Domain); err != nil {
			problems = append(problems, fmt.Errorf("edge.Domain: %w", err))
		}
	}
	if err := ValidRedirects(a.Domain, a.Redirects); err != nil {
		problems = append(problems, fmt.Errorf("edge.Redirects: %w", err))
	}
	if (a.Domain == "") != (a.ZoneID == nil) {
		problems = append(problems, errors.New("edge.ZoneID: goes with edge.Domain, give both or none"))
	}
	if a.AccessLogsPrefix != "" && a.AccessLogsBucket == nil {
		problems = append(problems, errors.New("edge.AccessLogsPrefix: goes with edge.AccessLogsBucket"))
	}
	// AWS adds AWSLogs itself:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	if p := a.AccessLogsPrefix; strings.Contains(p, "AWSLogs") || strings.Trim(p, "/") != p {
		problems = append(problems, fmt.Errorf("edge.AccessLogsPrefix: %q must hold no AWSLogs and neither begin nor end with /", p))
	}
	if !slices.Contains(Desyncs, a.Desync) {
		problems = append(problems, fmt.Errorf("edge.Desync: %q must be one of %v", a.Desync, Desyncs))
	}
	return errors.Join(problems...)
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.TargetPort = cmp.Or(b.TargetPort, DefaultTargetPort)
	b.HealthCheckPath = cmp.Or(b.HealthCheckPath, DefaultHealthCheckPath)
	b.Desync = cmp.Or(b.Desync, DesyncDefensive)
	return &b
}
