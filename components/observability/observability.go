package observability

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of an Observability in Pulumi's state.
const TypeToken = "slipway:observability:Observability"

// Observability watches one environment.
type Observability struct {
	pulumi.ResourceState

	// TopicARN is the topic that hears of everything. It is known once the topic
	// has its policy.
	TopicARN pulumi.StringOutput
	// DashboardURL, AlarmsURL and LogsURL open the console. LogsURL is empty
	// without LogGroup.
	DashboardURL, AlarmsURL, LogsURL pulumi.StringOutput

	name    string
	args    *Args
	account *policy.Account
	// subjects are the values of the metrics' dimensions.
	subjects map[string]pulumi.StringInput
	topic    *sns.Topic
	// alarmARNs are in the order of the table.
	alarmARNs pulumi.StringArray
}

// New builds an observability. Nothing is registered when name or args are
// invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Observability, error) {
	problems := args.Validate()
	if err := ValidName(name); err != nil {
		problems = errors.Join(fmt.Errorf("observability: %w", err), problems)
	}
	if problems != nil {
		return nil, problems
	}
	o := &Observability{name: name, args: args.withDefaults()}
	o.subjects = o.args.subjects()
	if err := ctx.RegisterComponentResource(TypeToken, name, o, opts...); err != nil {
		return nil, fmt.Errorf("register observability %s: %w", name, err)
	}
	var err error
	if o.account, err = policy.LookupAccount(ctx, pulumi.Parent(o)); err != nil {
		return nil, err
	}
	for _, step := range []func(*pulumi.Context) error{
		o.createTopic,
		o.restrictTopic,
		o.subscribe,
		o.createFilters,
		o.createAlarms,
		o.reportDeployments,
		o.reportDatabaseEvents,
		o.createBudget,
		o.createDashboard,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	o.link()
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{
		"topicArn":     o.TopicARN,
		"dashboardUrl": o.DashboardURL,
		"alarmsUrl":    o.AlarmsURL,
		"logsUrl":      o.LogsURL,
	})
}

// globalName is the name of what an account has in no region: a budget, a
// dashboard. Another region may have an observability of the same name.
func (o *Observability) globalName() string { return o.name + "-" + o.account.Region }

func (o *Observability) child() pulumi.ResourceOption { return pulumi.Parent(o) }

// The names of subjects. Where a metric's dimension has one value only, its
// subject is named as the dimension.
const (
	loadBalancer = "LoadBalancer"
	targetGroup  = "TargetGroup"
	certificate  = "CertificateArn"
	cluster      = "ClusterName"
	ecsService   = "ServiceName"
	instance     = "DBInstanceIdentifier"
)

func workerSubject(name string) string { return "worker-" + name }

func replicaSubject(i int) string { return fmt.Sprintf("replica-%d", i+1) }

func backlogSubject(dimension string) string { return "backlog-" + dimension }

// subjects lists what is watched. A metric of anything else is left out.
func (a *Args) subjects() map[string]pulumi.StringInput {
	subjects := map[string]pulumi.StringInput{
		loadBalancer: a.LoadBalancer,
		targetGroup:  a.TargetGroup,
		certificate:  a.CertificateARN,
		cluster:      a.ClusterName,
		ecsService:   a.ServiceName,
		instance:     a.DatabaseID,
	}
	maps.DeleteFunc(subjects, func(_ string, value pulumi.StringInput) bool { return value == nil })
	for name, service := range a.WorkerServices {
		subjects[workerSubject(name)] = service
	}
	for i, id := range a.ReplicaIDs {
		subjects[replicaSubject(i)] = id
	}
	if a.Backlog != nil {
		for dimension, value := range a.Backlog.Dimensions {
			subjects[backlogSubject(dimension)] = value
		}
	}
	return subjects
}

// workers are the names of the workers, sorted.
func (o *Observability) workers() []string {
	return slices.Sorted(maps.Keys(o.args.WorkerServices))
}
