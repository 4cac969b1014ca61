package observability

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// metric is a metric of CloudWatch with the statistic that is looked at.
type metric struct {
	namespace, name string
	statistic       string
	dimensions      []dimension
}

// dimension is one of a metric's: its name, and whose value it has.
type dimension struct{ name, subject string }

// of is a dimension whose subject has its name.
func of(names ...string) []dimension {
	dimensions := make([]dimension, 0, len(names))
	for _, name := range names {
		dimensions = append(dimensions, dimension{name, name})
	}
	return dimensions
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func balancerMetric(name, statistic string) metric {
	return metric{"AWS/ApplicationELB", name, statistic, of(loadBalancer)}
}

func targetMetric(name, statistic string) metric {
	return metric{"AWS/ApplicationELB", name, statistic, of(targetGroup, loadBalancer)}
}

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
func serviceMetric(name, statistic string) metric {
	return metric{"AWS/ECS", name, statistic, of(cluster, ecsService)}
}

// tasksMetric counts the running tasks, without Container Insights: every task
// adds one sample a minute.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
func tasksMetric(subject string) metric {
	return metric{"AWS/ECS", "CPUUtilization", "SampleCount", []dimension{{cluster, cluster}, {ecsService, subject}}}
}

// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
func databaseMetric(name, statistic, subject string) metric {
	return metric{"AWS/RDS", name, statistic, []dimension{{instance, subject}}}
}

// logMetric is made by one of the log's filters.
func (o *Observability) logMetric(name string) metric {
	return metric{o.namespace(), name, "Sum", nil}
}

// backlogMetric is the caller's.
func (o *Observability) backlogMetric(statistic string) metric {
	m := metric{o.args.Backlog.Namespace, o.args.Backlog.Name, statistic, nil}
	for _, name := range sortedKeys(o.args.Backlog.Dimensions) {
		m.dimensions = append(m.dimensions, dimension{name, backlogSubject(name)})
	}
	return m
}

// inputs are the dimensions with their values.
func (o *Observability) inputs(m metric) pulumi.StringMap {
	values := pulumi.StringMap{}
	for _, d := range m.dimensions {
		values[d.name] = o.subjects[d.subject]
	}
	return values
}
