package observability

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// graph is a widget with lines of one unit.
type graph struct {
	title, unit string
	lines       []line
}

// line is a metric with the words of its legend.
type line struct {
	label  string
	metric metric
}

// graphs are shown in reading order: what users feel, what serves them, and what
// that stands on.
func (o *Observability) graphs() []graph {
	var graphs []graph
	if o.args.LoadBalancer != nil {
		graphs = append(graphs,
			graph{"Requests and errors", "a minute", []line{
				{"requests", targetMetric("RequestCount", "Sum")},
				{"4xx of the app", targetMetric("HTTPCode_Target_4XX_Count", "Sum")},
				{"5xx of the app", targetMetric("HTTPCode_Target_5XX_Count", "Sum")},
				{"5xx of the load balancer", balancerMetric("HTTPCode_ELB_5XX_Count", "Sum")},
			}},
			graph{"Latency", "seconds", []line{
				{"median", targetMetric("TargetResponseTime", "p50")},
				{"p95", targetMetric("TargetResponseTime", "p95")},
				{"p99", targetMetric("TargetResponseTime", "p99")},
			}},
			graph{"Targets", "targets", []line{
				{"healthy", targetMetric("HealthyHostCount", "Maximum")},
				{"unhealthy", targetMetric("UnHealthyHostCount", "Maximum")},
			}},
		)
	}
	if o.args.ServiceName != nil {
		graphs = append(graphs, o.taskGraphs()...)
	}
	if o.args.LogGroup != nil {
		graphs = append(graphs, graph{"The app's log", "lines a minute", []line{
			{"errors", o.logMetric(errorLines)},
			{"5xx", o.logMetric(serverErrors)},
			{"slow requests", o.logMetric(slowRequests)},
			{"401, 403 and 429", o.logMetric(refusals)},
		}})
	}
	if o.args.DatabaseID != nil {
		graphs = append(graphs, o.databaseGraphs()...)
	}
	return graphs
}

func (o *Observability) taskGraphs() []graph {
	running := []line{
		{"app", tasksMetric(ecsService)},
	}
	for _, worker := range o.workers() {
		running = append(running, line{worker, tasksMetric(workerSubject(worker))})
	}
	graphs := []graph{
		{"CPU of the tasks", "%", []line{
			{"average", serviceMetric("CPUUtilization", "Average")},
			{"busiest", serviceMetric("CPUUtilization", "Maximum")},
		}},
		{"Memory of the tasks", "%", []line{
			{"average", serviceMetric("MemoryUtilization", "Average")},
			{"fullest", serviceMetric("MemoryUtilization", "Maximum")},
		}},
		{"Tasks", "tasks", running},
	}
	if o.args.Backlog != nil {
		graphs = append(graphs, graph{"Background jobs", "waiting", []line{{"waiting", o.backlogMetric("Maximum")}}})
	}
	return graphs
}

func (o *Observability) databaseGraphs() []graph {
	own := func(name, statistic string) metric { return databaseMetric(name, statistic, instance) }
	graphs := []graph{
		{"CPU of the database", "%", []line{{"average", own("CPUUtilization", "Average")}}},
		{"Connections to the database", "connections", []line{{"most", own("DatabaseConnections", "Maximum")}}},
		{"Free memory of the database", "bytes", []line{{"least", own("FreeableMemory", "Minimum")}}},
		{"Free storage of the database", "bytes", []line{{"least", own("FreeStorageSpace", "Minimum")}}},
		{"Disk operations of the database", "a second", []line{
			{"reads", own("ReadIOPS", "Average")},
			{"writes", own("WriteIOPS", "Average")},
			{"waiting", own("DiskQueueDepth", "Average")},
		}},
	}
	if o.args.DatabaseLogGroup != nil {
		graphs = append(graphs, graph{"Slow queries", "a minute", []line{{"slow queries", o.logMetric(slowQueries)}}})
	}
	if len(o.args.ReplicaIDs) > 0 {
		lag := graph{title: "Replicas behind", unit: "seconds"}
		for i := range o.args.ReplicaIDs {
			lag.lines = append(lag.lines, line{replicaSubject(i), databaseMetric("ReplicaLag", "Average", replicaSubject(i))})
		}
		graphs = append(graphs, lag)
	}
	return graphs
}

// lastErrors finds what the alarm log-errors counts.
const lastErrors = `fields @timestamp, logger, message, method, path, request_id, exc_info
| filter level in ["ERROR", "CRITICAL"]
| sort @timestamp desc
| limit 20`

func (o *Observability) createDashboard(ctx *pulumi.Context) error {
	subjects := pulumi.StringMap{}
	for name, value := range o.subjects {
		subjects[name] = value
	}
	group := o.args.LogGroup
	if group == nil {
		group = pulumi.String("")
	}
	body := pulumi.All(subjects, o.alarmARNs, group).ApplyT(func(values []any) (string, error) {
		return o.dashboard(values[0].(map[string]string), values[1].([]string), values[2].(string))
	}).(pulumi.StringOutput)
	_, err := cloudwatch.NewDashboard(ctx, o.name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(o.globalName()),
		DashboardBody: body,
	}, o.child())
	if err != nil {
		return fmt.Errorf("create dashboard: %w", err)
	}
	return nil
}

// dashboard is the body: the alarms' states, the graphs, the last errors.
func (o *Observability) dashboard(subjects map[string]string, alarms []string, logGroup string) (string, error) {
	g := &grid{widgets: []widget{}}
	if len(alarms) > 0 {
		g.add("alarm", gridColumns, alarmRows, alarmProperties{Title: "Alarms", Alarms: alarms})
	}
	for _, graph := range o.graphs() {
		properties := metricProperties{
			Title: graph.title, Region: o.account.Region, View: "timeSeries", Period: minute,
			YAxis: yAxis{axis{Label: graph.unit}},
		}
		for _, l := range graph.lines {
			s := series{namespace: l.metric.namespace, name: l.metric.name, options: seriesOptions{l.label, l.metric.statistic}}
			for _, d := range l.metric.dimensions {
				s.dimensions = append(s.dimensions, d.name, subjects[d.subject])
			}
			properties.Metrics = append(properties.Metrics, s)
		}
		g.add("metric", graphColumns, graphRows, properties)
	}
	if logGroup != "" {
		g.add("log", gridColumns, logRows, logProperties{
			Title: "Last errors", Region: o.account.Region, View: "table",
			Query: "SOURCE '" + logGroup + "' | " + lastErrors,
		})
	}
	body, err := json.Marshal(dashboardBody{Widgets: g.widgets})
	return string(body), err
}
