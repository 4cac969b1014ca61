package observability_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/observability"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *observability.Args {
	return &observability.Args{KeyARN: pulumi.String("arn:key")}
}

// full watches everything once.
func full() *observability.Args {
	args := base()
	args.Emails = []string{"ops@example.com", "oncall@example.com"}
	args.RunbookURL = "https://example.com/runbook"
	args.LoadBalancer = pulumi.String("app/edge/1")
	args.TargetGroup = pulumi.String("targetgroup/edge/2")
	args.CertificateARN = pulumi.String("arn:certificate")
	args.ClusterName = pulumi.String("cluster")
	args.ServiceName = pulumi.String("app")
	args.MinTasks = 2
	args.WorkerServices = map[string]pulumi.StringInput{"jobs": pulumi.String("app-worker-jobs")}
	args.Backlog = &observability.Metric{
		Namespace: "RecipeApi", Name: "TasksWaiting",
		Dimensions: map[string]pulumi.StringInput{"Environment": pulumi.String("staging")},
	}
	args.DatabaseID = pulumi.String("db")
	args.DatabaseParameterGroup = pulumi.String("db-postgres17")
	args.DatabaseClass = "db.t4g.micro"
	args.DatabaseStorageGiB = 20
	args.ReplicaIDs = []pulumi.StringInput{pulumi.String("db-replica-1")}
	args.DatabaseLogGroup = pulumi.String("/aws/rds/instance/db/postgresql")
	args.LogGroup = pulumi.String("/slipway/staging/app")
	args.MonthlyBudgetUSD = 60
	args.CostTag = &observability.Tag{Key: "environment", Value: "staging"}
	return args
}

func program(args *observability.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := observability.New(ctx, "alerts", args)
		return err
	}
}

func run(t *testing.T, args *observability.Args) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, "test", nil, program(args))
}

func TestFullArgsRegisterExactly(t *testing.T) {
	got := run(t, full())
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"budgets.Budget alerts",
		"cloudwatch.Dashboard alerts",
		"cloudwatch.EventRule alerts-database-event",
		"cloudwatch.EventRule alerts-deployment",
		"cloudwatch.EventTarget alerts-database-event",
		"cloudwatch.EventTarget alerts-deployment",
		"cloudwatch.LogMetricFilter alerts-error-lines",
		"cloudwatch.LogMetricFilter alerts-refusals",
		"cloudwatch.LogMetricFilter alerts-server-errors",
		"cloudwatch.LogMetricFilter alerts-slow-queries",
		"cloudwatch.LogMetricFilter alerts-slow-requests",
		"cloudwatch.MetricAlarm alerts-app-errors",
		"cloudwatch.MetricAlarm alerts-backlog",
		"cloudwatch.MetricAlarm alerts-certificate-expiry",
		"cloudwatch.MetricAlarm alerts-cpu",
		"cloudwatch.MetricAlarm alerts-database-connections",
		"cloudwatch.MetricAlarm alerts-database-cpu",
		"cloudwatch.MetricAlarm alerts-database-credits",
		"cloudwatch.MetricAlarm alerts-database-memory",
		"cloudwatch.MetricAlarm alerts-database-replica-1-lag",
		"cloudwatch.MetricAlarm alerts-database-storage",
		"cloudwatch.MetricAlarm alerts-latency-p95",
		"cloudwatch.MetricAlarm alerts-latency-p99",
		"cloudwatch.MetricAlarm alerts-load-balancer-errors",
		"cloudwatch.MetricAlarm alerts-log-errors",
		"cloudwatch.MetricAlarm alerts-memory",
		"cloudwatch.MetricAlarm alerts-no-healthy-target",
		"cloudwatch.MetricAlarm alerts-rejected-connections",
		"cloudwatch.MetricAlarm alerts-tasks",
		"cloudwatch.MetricAlarm alerts-unhealthy-target",
		"cloudwatch.MetricAlarm alerts-worker-jobs-tasks",
		"observability.Observability alerts",
		"sns.Topic alerts",
		"sns.TopicPolicy alerts",
		"sns.TopicSubscription alerts-oncall@example.com",
		"sns.TopicSubscription alerts-ops@example.com",
	})
	got.CheckParents(t, "observability.Observability alerts")
	mocktest.Equal(t, "protected", got.Protected(), nil)
}

func TestMinimalArgsRegisterExactly(t *testing.T) {
	got := run(t, base())
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"cloudwatch.Dashboard alerts",
		"observability.Observability alerts",
		"sns.Topic alerts",
		"sns.TopicPolicy alerts",
	})
	got.CheckParents(t, "observability.Observability alerts")
	if body := got.Get(t, "cloudwatch.Dashboard alerts").Inputs["dashboardBody"].StringValue(); body != `{"widgets":[]}` {
		t.Errorf("dashboard of nothing: %s", body)
	}
}

func TestPartsAreLeftOutOneByOne(t *testing.T) {
	for part, test := range map[string]struct {
		without func(*observability.Args)
		gone    []string
	}{
		"load balancer": {func(a *observability.Args) { a.LoadBalancer, a.TargetGroup = nil, nil }, []string{
			"cloudwatch.MetricAlarm alerts-app-errors", "cloudwatch.MetricAlarm alerts-latency-p95", "cloudwatch.MetricAlarm alerts-latency-p99",
			"cloudwatch.MetricAlarm alerts-load-balancer-errors", "cloudwatch.MetricAlarm alerts-no-healthy-target",
			"cloudwatch.MetricAlarm alerts-rejected-connections", "cloudwatch.MetricAlarm alerts-unhealthy-target",
		}},
		"certificate": {func(a *observability.Args) { a.CertificateARN = nil }, []string{"cloudwatch.MetricAlarm alerts-certificate-expiry"}},
		"service": {func(a *observability.Args) { a.ClusterName, a.ServiceName, a.WorkerServices = nil, nil, nil }, []string{
			"cloudwatch.EventRule alerts-deployment", "cloudwatch.EventTarget alerts-deployment", "cloudwatch.MetricAlarm alerts-cpu",
			"cloudwatch.MetricAlarm alerts-memory", "cloudwatch.MetricAlarm alerts-tasks", "cloudwatch.MetricAlarm alerts-worker-jobs-tasks",
		}},
		"workers":  {func(a *observability.Args) { a.WorkerServices = nil }, []string{"cloudwatch.MetricAlarm alerts-worker-jobs-tasks"}},
		"backlog":  {func(a *observability.Args) { a.Backlog = nil }, []string{"cloudwatch.MetricAlarm alerts-backlog"}},
		"replicas": {func(a *observability.Args) { a.ReplicaIDs = nil }, []string{"cloudwatch.MetricAlarm alerts-database-replica-1-lag"}},
		"credits":  {func(a *observability.Args) { a.DatabaseClass = "db.m7g.large" }, []string{"cloudwatch.MetricAlarm alerts-database-credits"}},
		"database": {func(a *observability.Args) { a.DatabaseID, a.ReplicaIDs = nil, nil }, []string{
			"cloudwatch.EventRule alerts-database-event", "cloudwatch.EventTarget alerts-database-event",
			"cloudwatch.MetricAlarm alerts-database-connections", "cloudwatch.MetricAlarm alerts-database-cpu",
			"cloudwatch.MetricAlarm alerts-database-credits", "cloudwatch.MetricAlarm alerts-database-memory",
			"cloudwatch.MetricAlarm alerts-database-replica-1-lag", "cloudwatch.MetricAlarm alerts-database-storage",
		}},
		"database log": {func(a *observability.Args) { a.DatabaseLogGroup = nil }, []string{"cloudwatch.LogMetricFilter alerts-slow-queries"}},
		"log": {func(a *observability.Args) { a.LogGroup = nil }, []string{
			"cloudwatch.LogMetricFilter alerts-error-lines", "cloudwatch.LogMetricFilter alerts-refusals",
			"cloudwatch.LogMetricFilter alerts-server-errors", "cloudwatch.LogMetricFilter alerts-slow-requests",
			"cloudwatch.MetricAlarm alerts-log-errors",
		}},
		"budget": {func(a *observability.Args) { a.MonthlyBudgetUSD = 0 }, []string{"budgets.Budget alerts"}},
		"emails": {func(a *observability.Args) { a.Emails = nil }, []string{
			"sns.TopicSubscription alerts-oncall@example.com", "sns.TopicSubscription alerts-ops@example.com",
		}},
	} {
		t.Run(part, func(t *testing.T) {
			args := full()
			test.without(args)
			var want []string
			for _, key := range run(t, full()).Keys() {
				if !slices.Contains(test.gone, key) {
					want = append(want, key)
				}
			}
			got := run(t, args)
			mocktest.Equal(t, "resources", got.Keys(), want)
			for _, res := range got.All() {
				if res.Inputs.ContainsUnknowns() {
					t.Errorf("%s has unknown inputs: %v", res.Key(), res.Inputs)
				}
			}
		})
	}
}

func TestTopicIsEncrypted(t *testing.T) {
	topic := run(t, base()).Get(t, "sns.Topic alerts").Inputs
	if key := topic["kmsMasterKeyId"].StringValue(); key != "arn:key" {
		t.Errorf("key: got %s", key)
	}
	if name := topic["displayName"].StringValue(); name != "alerts" {
		t.Errorf("display name: got %s", name)
	}
}

const (
	topicARN  = "arn:aws:sns:us-east-1:111122223333:alerts"
	denyHTTP  = `{"Sid":"DenyWithoutTLS","Effect":"Deny","Action":["sns:Publish"],"Principal":{"AWS":["*"]},"Resource":["` + topicARN + `"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	fromAlarm = `{"Sid":"Alarms","Effect":"Allow","Action":["sns:Publish"],"Principal":{"Service":["cloudwatch.amazonaws.com"]},"Resource":["` + topicARN + `"],` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:alerts-*"}}}`
	// EventBridge's messages would be dropped if there were conditions.
	fromEvent  = `{"Sid":"Events","Effect":"Allow","Action":["sns:Publish"],"Principal":{"Service":["events.amazonaws.com"]},"Resource":["` + topicARN + `"]}`
	fromBudget = `{"Sid":"Budget","Effect":"Allow","Action":["sns:Publish"],"Principal":{"Service":["budgets.amazonaws.com"]},"Resource":["` + topicARN + `"],` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:budgets::111122223333:*"}}}`
)

func TestTopicTakesMessagesFromExactly(t *testing.T) {
	noBudget, database := full(), base()
	noBudget.MonthlyBudgetUSD = 0
	database.DatabaseID, database.DatabaseClass, database.DatabaseStorageGiB = pulumi.String("db"), "db.t4g.micro", 20
	for name, test := range map[string]struct {
		args *observability.Args
		want []string
	}{
		"everything":    {full(), []string{denyHTTP, fromAlarm, fromEvent, fromBudget}},
		"no budget":     {noBudget, []string{denyHTTP, fromAlarm, fromEvent}},
		"database only": {database, []string{denyHTTP, fromAlarm, fromEvent}},
		"nothing":       {base(), []string{denyHTTP, fromAlarm}},
	} {
		t.Run(name, func(t *testing.T) {
			attached := run(t, test.args).Get(t, "sns.TopicPolicy alerts").Inputs
			if arn := attached["arn"].StringValue(); arn != topicARN {
				t.Errorf("topic: got %s", arn)
			}
			mocktest.SameJSON(t, attached["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[`+strings.Join(test.want, ",")+`]}`)
		})
	}
}

// A message that comes before the policy is refused.
func TestPublishersWaitForThePolicy(t *testing.T) {
	got := run(t, full())
	for _, res := range got.All() {
		switch res.Type {
		case "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/eventTarget:EventTarget", "aws:budgets/budget:Budget":
			if !strings.Contains(strings.Join(res.DependsOn, ","), "sns.TopicPolicy alerts") {
				t.Errorf("%s does not wait: %v", res.Key(), res.DependsOn)
			}
		}
	}
}

func TestEmailsAreSubscribed(t *testing.T) {
	got := run(t, full()).Get(t, "sns.TopicSubscription alerts-ops@example.com").Inputs
	for key, want := range map[resource.PropertyKey]string{"topic": topicARN, "protocol": "email", "endpoint": "ops@example.com"} {
		if got[key].StringValue() != want {
			t.Errorf("%s: got %v, want %s", key, got[key], want)
		}
	}
}

func TestOutputsOpenTheConsole(t *testing.T) {
	for name, test := range map[string]struct {
		args *observability.Args
		want map[string]string
	}{
		"everything": {full(), map[string]string{
			"topic":     topicARN,
			"dashboard": "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/alerts-us-east-1",
			"alarms":    "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:?~(search~'alerts)",
			"logs":      "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Fslipway$252Fstaging$252Fapp",
		}},
		"nothing": {base(), map[string]string{"logs": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			links := make(chan map[string]string, 1)
			mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
				o, err := observability.New(ctx, "alerts", test.args)
				if err != nil {
					return err
				}
				ctx.Export("links", pulumi.StringMap{
					"topic": o.TopicARN, "dashboard": o.DashboardURL, "alarms": o.AlarmsURL, "logs": o.LogsURL,
				}.ToStringMapOutput().ApplyT(func(values map[string]string) map[string]string {
					links <- values
					return values
				}))
				return nil
			})
			got := <-links
			for output, want := range test.want {
				if got[output] != want {
					t.Errorf("%s: got %s, want %s", output, got[output], want)
				}
			}
		})
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		args *observability.Args
		want []string
	}{
		"nil":   {nil, []string{"observability: args are required"}},
		"empty": {&observability.Args{}, []string{"observability.KeyARN: required"}},
		"all": {&observability.Args{
			Emails:             []string{"ops@example.com", "Ops <ops@example.com>", "ops", "ops@example.com"},
			RunbookURL:         "http://example.com",
			TargetGroup:        pulumi.String("targetgroup/edge/2"),
			LatencySeconds:     -1,
			ServiceName:        pulumi.String("app"),
			MinTasks:           -1,
			WorkerServices:     map[string]pulumi.StringInput{"Jobs": pulumi.String("jobs"), "none": nil},
			Backlog:            &observability.Metric{Name: "Waiting"},
			MaxBacklog:         -1,
			DatabaseID:         pulumi.String("db"),
			DatabaseClass:      "db.x1.large",
			DatabaseStorageGiB: 0,
			ReplicaIDs:         []pulumi.StringInput{nil},
			MonthlyBudgetUSD:   -1,
			CostTag:            &observability.Tag{Key: "a$b", Value: "c"},
		}, []string{
			"observability.KeyARN: required",
			`observability.Emails[1]: "Ops <ops@example.com>" is not an email address such as ops@example.com`,
			`observability.Emails[2]: "ops" is not an email address such as ops@example.com`,
			`observability.Emails[3]: "ops@example.com" is there already`,
			`observability.RunbookURL: "http://example.com" is not a URL such as https://example.com/runbook, without #`,
			"observability.TargetGroup: goes with observability.LoadBalancer, give both or none",
			"observability.LatencySeconds: -1 must be above 0",
			"observability.ServiceName: goes with observability.ClusterName, give both or none",
			"observability.MinTasks: -1 must be 1 or more",
			"observability.WorkerServices: needs observability.ClusterName",
			"observability.WorkerServices.Jobs: the name must be 1 to 64 lower-case letters, digits and hyphens and begin with a letter",
			"observability.WorkerServices.none: required",
			"observability.Backlog: needs Namespace and Name",
			"observability.MaxBacklog: -1 must be 1 or more",
			`observability.DatabaseClass: the memory of class "db.x1.large" is not known: t, m, c, r and x2 classes from micro to 48xlarge are`,
			"observability.DatabaseStorageGiB: 0 must be 1 or more",
			"observability.ReplicaIDs[0]: required",
			"observability.MonthlyBudgetUSD: -1 must be 0 (no budget) or more",
			"observability.CostTag: needs Key, without $, and Value",
		}},
		"no database": {
			&observability.Args{KeyARN: pulumi.String("arn:key"), ReplicaIDs: []pulumi.StringInput{pulumi.String("r")}},
			[]string{"observability.ReplicaIDs: needs observability.DatabaseID"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.args.Validate()
			if err == nil {
				t.Fatal("no error")
			}
			mocktest.Equal(t, "problems", strings.Split(err.Error(), "\n"), test.want)
		})
	}
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := observability.New(ctx, "my alerts", &observability.Args{})
		return err
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`observability: name "my alerts" must be 1 to 41 letters, digits and hyphens and begin with a letter`,
		"observability.KeyARN: required",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

func TestMemoryOfEveryKindOfClassIsKnown(t *testing.T) {
	for _, class := range []string{"db.t3.micro", "db.t4g.2xlarge", "db.m6gd.large", "db.m8g.48xlarge", "db.c6gd.medium", "db.r7g.16xlarge", "db.x2g.large", "db.x2iedn.32xlarge"} {
		if err := observability.ValidClass(class); err != nil {
			t.Error(err)
		}
	}
	for _, class := range []string{"", "t4g.micro", "db.t4g.nano", "db.t4g.1xlarge", "db.z1d.large", "db.t4g.micro.tpc1", "db.x1e.xlarge"} {
		if observability.ValidClass(class) == nil {
			t.Errorf("%q is accepted", class)
		}
	}
}
