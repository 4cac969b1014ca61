package observability

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The metrics that are counted in the logs.
const (
	errorLines   = "ErrorLines"
	serverErrors = "ServerErrors"
	slowRequests = "SlowRequests"
	refusals     = "Refusals"
	slowQueries  = "SlowQueries"
)

// namespace is of the metrics from the logs. Each is of one environment, so
// that they need no dimensions.
func (o *Observability) namespace() string { return "Slipway/" + o.name }

// filter counts a log's lines of one kind.
type filter struct {
	name, metric string
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	pattern string
}

// appFilters read the lines of the app's formatter: "level" of all, "status" and
// "duration_ms" of the request log's.
func (o *Observability) appFilters() []filter {
	const request = `$.logger = "app.request"`
	milliseconds := strconv.FormatFloat(1000*o.args.LatencySeconds, 'f', -1, 64)
	return []filter{
		{"error-lines", errorLines, `{ $.level = "ERROR" || $.level = "CRITICAL" }`},
		{"server-errors", serverErrors, `{ ` + request + ` && $.status >= 500 }`},
		{"slow-requests", slowRequests, `{ ` + request + ` && $.duration_ms > ` + milliseconds + ` }`},
		// Who guesses passwords or tokens gets 401 and 403, then 429.
		{"refusals", refusals, `{ ` + request + ` && ($.status = 401 || $.status = 403 || $.status = 429) }`},
	}
}

// databaseFilters read PostgreSQL's own lines. What is slow is for
// log_min_duration_statement to say.
func databaseFilters() []filter {
	return []filter{{"slow-queries", slowQueries, `"LOG:  duration:"`}}
}

func (o *Observability) createFilters(ctx *pulumi.Context) error {
	if o.args.LogGroup != nil {
		if err := o.filterLog(ctx, o.args.LogGroup, o.appFilters()); err != nil {
			return err
		}
	}
	if o.args.DatabaseLogGroup != nil {
		return o.filterLog(ctx, o.args.DatabaseLogGroup, databaseFilters())
	}
	return nil
}

func (o *Observability) filterLog(ctx *pulumi.Context, group pulumi.StringInput, filters []filter) error {
	for _, f := range filters {
		_, err := cloudwatch.NewLogMetricFilter(ctx, o.name+"-"+f.name, &cloudwatch.LogMetricFilterArgs{
			LogGroupName: group,
			Pattern:      pulumi.String(f.pattern),
			MetricTransformation: &cloudwatch.LogMetricFilterMetricTransformationArgs{
				Namespace: pulumi.String(o.namespace()),
				Name:      pulumi.String(f.metric),
				Value:     pulumi.String("1"),
				// Without a default value a metric costs for the hours only in which
				// such lines are written.
				Unit: pulumi.String("Count"),
			},
		}, o.child())
		if err != nil {
			return fmt.Errorf("count %s: %w", f.name, err)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
