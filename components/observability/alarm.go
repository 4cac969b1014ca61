package observability

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm is a row of the table: what is wrong, what to do first, and when.
type alarm struct {
	// name ends the alarm's name and is its section in the runbook.
	name     string
	severity severity
	meaning  string
	first    string
	// Either metric or rate is looked at.
	metric metric
	rate   *rate
	when   comparison
	limit  limit
	// period is in seconds; breaches of the last of periods make an alarm.
	period       int
	breaches, of int
	missing      missing
}

// rate is the share of requests that fail, in percent. Up to fewErrors in a
// period count as none: a share of few requests says little.
type rate struct {
	errors, requests metric
	// percent is reckoned from errors and requests, which both may lack values.
	percent string
}

const fewErrors = 2

func (r *rate) expression() string {
	return fmt.Sprintf("IF(FILL(errors, 0) > %d, %s, 0)", fewErrors, r.percent)
}

type severity string

const (
	page   severity = "page"
	ticket severity = "ticket"
)

type comparison string

const (
	above   comparison = "GreaterThanThreshold"
	atLeast comparison = "GreaterThanOrEqualToThreshold"
	below   comparison = "LessThanThreshold"
)

var words = map[comparison]string{above: "above", atLeast: "at least", below: "below"}

// missing is what a period without a value means.
type missing string

const (
	breaching    missing = "breaching"
	notBreaching missing = "notBreaching"
	// ignore keeps the state.
	ignore missing = "ignore"
	// unknown is neither well nor unwell: the alarm shows "insufficient data".
	unknown missing = "missing"
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// limit is a threshold: its value for CloudWatch, and as people read it.
type limit struct {
	value float64
	text  string
}

func count(n float64, unit string) limit { return limit{n, number(n) + " " + unit} }
func percent(n float64) limit            { return limit{n, number(n) + " %"} }
func seconds(n float64) limit            { return limit{n, number(n) + " s"} }
func gibibytes(n float64) limit          { return limit{n * gibibyte, number(n) + " GiB"} }

// mebibytes takes bytes.
func mebibytes(bytes float64) limit {
	return limit{bytes, strconv.FormatFloat(bytes/(1<<20), 'f', 0, 64) + " MiB"}
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// createAlarms tells the topic when something goes wrong and when it is well
// again.
func (o *Observability) createAlarms(ctx *pulumi.Context) error {
	for _, row := range o.alarms() {
		created, err := cloudwatch.NewMetricAlarm(ctx, o.name+"-"+row.name, o.metricAlarm(row), o.child())
		if err != nil {
			return fmt.Errorf("create alarm %s: %w", row.name, err)
		}
		o.alarmARNs = append(o.alarmARNs, created.Arn)
	}
	return nil
}

func (o *Observability) metricAlarm(row alarm) *cloudwatch.MetricAlarmArgs {
	args := &cloudwatch.MetricAlarmArgs{
		// Mails have it in their subject, so it has no random end.
		Name:               pulumi.String(o.name + "-" + row.name),
		AlarmDescription:   pulumi.String(o.describe(row)),
		ComparisonOperator: pulumi.String(row.when),
		Threshold:          pulumi.Float64(row.limit.value),
		EvaluationPeriods:  pulumi.Int(row.of),
		DatapointsToAlarm:  pulumi.Int(row.breaches),
		TreatMissingData:   pulumi.String(row.missing),
		AlarmActions:       pulumi.Array{o.TopicARN},
		OkActions:          pulumi.Array{o.TopicARN},
		Tags:               pulumi.StringMap{"severity": pulumi.String(row.severity)},
	}
	if row.rate != nil {
		args.MetricQueries = cloudwatch.MetricAlarmMetricQueryArray{
			o.query("errors", row.rate.errors, row.period),
			o.query("requests", row.rate.requests, row.period),
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("percent"),
				Expression: pulumi.String(row.rate.expression()),
				Label:      pulumi.String(row.name + " (%)"),
				ReturnData: pulumi.Bool(true),
			},
		}
		return args
	}
	args.Namespace = pulumi.String(row.metric.namespace)
	args.MetricName = pulumi.String(row.metric.name)
	args.Dimensions = o.inputs(row.metric)
	args.Period = pulumi.Int(row.period)
	if strings.HasPrefix(row.metric.statistic, "p") {
		args.ExtendedStatistic = pulumi.String(row.metric.statistic)
		// Of few requests one slow one is a percentile: p95 counts from 200 on, p99
		// from 1000.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
		args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
	} else {
		args.Statistic = pulumi.String(row.metric.statistic)
	}
	return args
}

func (o *Observability) query(id string, m metric, period int) *cloudwatch.MetricAlarmMetricQueryArgs {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace:  pulumi.String(m.namespace),
			MetricName: pulumi.String(m.name),
			Dimensions: o.inputs(m),
			Period:     pulumi.Int(period),
			Stat:       pulumi.String(m.statistic),
		},
	}
}

// describe is what the person who is woken reads.
func (o *Observability) describe(row alarm) string {
	subject := row.metric.name + " (" + row.metric.statistic + ")"
	if row.rate != nil {
		subject = fmt.Sprintf("%s of %s, when more than %d,", row.rate.errors.name, row.rate.requests.name, fewErrors)
	}
	lines := []string{
		fmt.Sprintf("[%s] %s", row.severity, row.meaning),
		"First: " + row.first,
		fmt.Sprintf("When: %s %s %s in %d of %d periods of %s.", subject, words[row.when], row.limit.text, row.breaches, row.of, span(row.period)),
	}
	if link := o.runbook(row.name); link != "" {
		lines = append(lines, "Runbook: "+link)
	}
	return strings.Join(lines, "\n")
}

// runbook is the link to a section of the runbook, if there is one.
func (o *Observability) runbook(section string) string {
	if o.args.RunbookURL == "" {
		return ""
	}
	return o.args.RunbookURL + "#" + section
}

func span(period int) string {
	switch {
	case period%day == 0:
		return fmt.Sprintf("%d d", period/day)
	case period%hour == 0:
		return fmt.Sprintf("%d h", period/hour)
	default:
		return fmt.Sprintf("%d min", period/minute)
	}
}
