package observability

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Defaults of what is watched.
const (
	// DefaultLatencySeconds is how long a person waits without losing the thread:
	// https://www.nngroup.com/articles/response-times-3-important-limits/
	DefaultLatencySeconds = 1.0
	// DefaultMinTasks is for the app, and what every worker must have.
	DefaultMinTasks = 1
	// DefaultMaxBacklog is how many waiting jobs are no cause for concern.
	DefaultMaxBacklog = 100
)

// Args say what is watched and who is told.
type Args struct {
	// KeyARN is the KMS key that encrypts the topic; its policy must admit
	// CloudWatch, EventBridge and AWS Budgets, see key.Alerts. AWS's own key for
	// SNS does not, and every message would be lost. Required.
	KeyARN pulumi.StringInput
	// Emails are subscribed to the topic. Each gets a mail first, with a link that
	// must be opened. Default: none.
	Emails []string
	// RunbookURL is a page with a section for every alarm, deployment and
	// database-event; messages link to RunbookURL#NAME. Default: none.
	RunbookURL string

	// LoadBalancer and TargetGroup are the ARN suffixes by which CloudWatch knows
	// them ("app/NAME/ID", "targetgroup/NAME/ID"). Default: not watched.
	LoadBalancer, TargetGroup pulumi.StringInput
	// LatencySeconds is within what time 95 % of the requests must be answered;
	// 99 % must be within three times as much. Default: 1.
	LatencySeconds float64
	// CertificateARN is the certificate of the load balancer. Default: not watched.
	CertificateARN pulumi.StringInput

	// ClusterName and ServiceName are the app's ECS cluster and its service
	// there. Default: not watched.
	ClusterName, ServiceName pulumi.StringInput
	// MinTasks is how many tasks of the app must run. Default: 1.
	MinTasks int
	// WorkerServices are the ECS services beside the app's: the worker's name ->
	// the name of its service. One task of each must run. Default: none.
	WorkerServices map[string]pulumi.StringInput
	// Backlog is a metric of how many jobs wait for the workers, such as the app
	// publishes. Default: not watched.
	Backlog *Metric
	// MaxBacklog is how many jobs may wait. Default: 100.
	MaxBacklog int

	// DatabaseID is the identifier of the RDS instance. Default: not watched.
	DatabaseID pulumi.StringInput
	// DatabaseClass is its instance class. Required with DatabaseID.
	DatabaseClass string
	// DatabaseStorageGiB is its storage to begin with, in GiB. Required with
	// DatabaseID.
	DatabaseStorageGiB int
	// DatabaseParameterGroup is the name of its parameter group, whose changes are
	// reported. Default: they are not.
	DatabaseParameterGroup pulumi.StringInput
	// ReplicaIDs are the identifiers of its read replicas. Default: none.
	ReplicaIDs []pulumi.StringInput
	// DatabaseLogGroup is the log group with PostgreSQL's log; its slow queries
	// are counted. Default: not counted.
	DatabaseLogGroup pulumi.StringInput

	// LogGroup is the log group of the app, whose lines are JSON objects with
	// level, logger, status and duration_ms. Default: not watched.
	LogGroup pulumi.StringInput

	// MonthlyBudgetUSD is what a month may cost; the topic hears when 80 % are
	// spent and when AWS foresees more than 100 %. Default: no budget.
	MonthlyBudgetUSD int
	// CostTag limits the budget to what carries this tag. The tag must have been
	// activated as a cost allocation tag in the account that pays: until then the
	// budget sees no cost and never warns. Default: the whole account.
	CostTag *Tag
}

// Metric is a metric of CloudWatch that the app publishes.
type Metric struct {
	// Namespace and Name are the metric's. Required.
	Namespace, Name string
	// Dimensions tell it from others of its name. Default: none.
	Dimensions map[string]pulumi.StringInput
}

// Tag is the key and value of a tag.
type Tag struct {
	// Key and Value are the tag's. Required.
	Key, Value string
}

var (
	// A name begins those of alarms, rules, the dashboard and the budget. A rule's
	// may have 64 characters, of which Pulumi adds 8 after "-database-event".
	// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
	namePattern   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,40}$`)
	workerPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
)

// ValidName reports whether the AWS resources can be named after it.
func ValidName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("name %q must be 1 to 41 letters, digits and hyphens and begin with a letter", name)
	}
	return nil
}

// ValidEmail reports whether address is a bare email address.
func ValidEmail(address string) bool {
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Address == address
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("observability: args are required")
	}
	a = a.withDefaults()
	var problems []error
	report := func(field, format string, values ...any) {
		problems = append(problems, fmt.Errorf("observability."+field+": "+format, values...))
	}
	together := func(first string, a pulumi.StringInput, second string, b pulumi.StringInput) {
		if (a == nil) != (b == nil) {
			report(second, "goes with observability.%s, give both or none", first)
		}
	}
	if a.KeyARN == nil {
		report("KeyARN", "required")
	}
	for i, email := range a.Emails {
		if !ValidEmail(email) {
			report(fmt.Sprintf("Emails[%d]", i), "%q is not an email address such as ops@example.com", email)
		} else if slices.Contains(a.Emails[:i], email) {
			report(fmt.Sprintf("Emails[%d]", i), "%q is there already", email)
		}
	}
	if u, err := url.Parse(a.RunbookURL); a.RunbookURL != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "") {
		report("RunbookURL", "%q is not a URL such as https://example.com/runbook, without #", a.RunbookURL)
	}
	together("LoadBalancer", a.LoadBalancer, "TargetGroup", a.TargetGroup)
	if a.LatencySeconds < 0 {
		report("LatencySeconds", "%v must be above 0", a.LatencySeconds)
	}
	together("ClusterName", a.ClusterName, "ServiceName", a.ServiceName)
	if a.MinTasks < 1 {
		report("MinTasks", "%d must be 1 or more", a.MinTasks)
	}
	if len(a.WorkerServices) > 0 && a.ClusterName == nil {
		report("WorkerServices", "needs observability.ClusterName")
	}
	for _, name := range slices.Sorted(maps.Keys(a.WorkerServices)) {
		if !workerPattern.MatchString(name) {
			report("WorkerServices."+name, "the name must be 1 to 64 lower-case letters, digits and hyphens and begin with a letter")
		}
		if a.WorkerServices[name] == nil {
			report("WorkerServices."+name, "required")
		}
	}
	if a.Backlog != nil && (a.Backlog.Namespace == "" || a.Backlog.Name == "") {
		report("Backlog", "needs Namespace and Name")
	}
	if a.MaxBacklog < 1 {
		report("MaxBacklog", "%d must be 1 or more", a.MaxBacklog)
	}
	if a.DatabaseID == nil {
		if len(a.ReplicaIDs) > 0 {
			report("ReplicaIDs", "needs observability.DatabaseID")
		}
	} else {
		if err := ValidClass(a.DatabaseClass); err != nil {
			report("DatabaseClass", "%w", err)
		}
		if a.DatabaseStorageGiB < 1 {
			report("DatabaseStorageGiB", "%d must be 1 or more", a.DatabaseStorageGiB)
		}
	}
	for i, id := range a.ReplicaIDs {
		if id == nil {
			report(fmt.Sprintf("ReplicaIDs[%d]", i), "required")
		}
	}
	if a.MonthlyBudgetUSD < 0 {
		report("MonthlyBudgetUSD", "%d must be 0 (no budget) or more", a.MonthlyBudgetUSD)
	}
	// "$" stands between key and value in a budget's filter.
	if tag := a.CostTag; tag != nil && (tag.Key == "" || tag.Value == "" || strings.Contains(tag.Key, "$")) {
		report("CostTag", "needs Key, without $, and Value")
	}
	return errors.Join(problems...)
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.LatencySeconds = cmp.Or(b.LatencySeconds, DefaultLatencySeconds)
	b.MinTasks = cmp.Or(b.MinTasks, DefaultMinTasks)
	b.MaxBacklog = cmp.Or(b.MaxBacklog, DefaultMaxBacklog)
	return &b
}
