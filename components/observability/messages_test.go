package observability_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestFailedDeploymentsAreReported(t *testing.T) {
	got := run(t, full())
	mocktest.SameJSON(t, got.Get(t, "cloudwatch.EventRule alerts-deployment").Inputs["eventPattern"].StringValue(), `{
		"source": ["aws.ecs"],
		"detail-type": ["ECS Deployment State Change"],
		"resources": [
			"arn:aws:ecs:us-east-1:111122223333:service/cluster/app",
			"arn:aws:ecs:us-east-1:111122223333:service/cluster/app-worker-jobs"
		],
		"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
	}`)
	checkMessage(t, got.Get(t, "cloudwatch.EventTarget alerts-deployment").Inputs, "deployment", map[string]string{
		"reason": "$.detail.reason", "service": "$.resources[0]", "time": "$.time",
	})
}

func TestDatabaseEventsAreReported(t *testing.T) {
	got := run(t, full())
	checkMessage(t, got.Get(t, "cloudwatch.EventTarget alerts-database-event").Inputs, "database-event", map[string]string{
		"database": "$.detail.SourceIdentifier", "message": "$.detail.Message", "time": "$.time",
	})
}

// testdata/rds-events.json has events in the shapes of AWS's examples, and what of
// them is to be reported.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
func TestPatternFitsTheEventsOfRDS(t *testing.T) {
	text, err := os.ReadFile("testdata/rds-events.json")
	if err != nil {
		t.Fatal(err)
	}
	var samples []struct {
		What     string
		Reported bool
		Event    map[string]any
	}
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatal(err)
	}
	var pattern map[string]any
	if err := json.Unmarshal([]byte(run(t, full()).Get(t, "cloudwatch.EventRule alerts-database-event").Inputs["eventPattern"].StringValue()), &pattern); err != nil {
		t.Fatal(err)
	}
	for _, sample := range samples {
		if got := fits(pattern, sample.Event); got != sample.Reported {
			t.Errorf("%s: got %v, want %v", sample.What, got, sample.Reported)
		}
	}
	alone := full()
	alone.DatabaseParameterGroup = nil
	if rule := run(t, alone).Get(t, "cloudwatch.EventRule alerts-database-event").Inputs["eventPattern"].StringValue(); strings.Contains(rule, "Parameter") {
		t.Errorf("without a parameter group: got %s", rule)
	}
}

// fits matches an event as EventBridge does: a value, or one of a list's, is in the
// pattern's list, and of "$or" one alternative fits.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func fits(pattern, event map[string]any) bool {
	for key, wanted := range pattern {
		switch wanted := wanted.(type) {
		case map[string]any:
			inner, is := event[key].(map[string]any)
			if !is || !fits(wanted, inner) {
				return false
			}
		case []any:
			if key == "$or" && !slices.ContainsFunc(wanted, func(some any) bool { return fits(some.(map[string]any), event) }) {
				return false
			}
			values, is := event[key].([]any)
			if !is {
				values = []any{event[key]}
			}
			if key != "$or" && !slices.ContainsFunc(values, func(value any) bool { return slices.Contains(wanted, value) }) {
				return false
			}
		}
	}
	return true
}

// checkMessage checks that a target sends one sentence to the topic, in which
// every field of the event stands once.
func checkMessage(t *testing.T, target resource.PropertyMap, section string, fields map[string]string) {
	t.Helper()
	if target["arn"].StringValue() != topicARN || target["rule"].StringValue() != "alerts-"+section {
		t.Errorf("%s goes to %v", target["rule"], target["arn"])
	}
	if _, role := target["roleArn"]; role {
		t.Error("the target has a role, the topic's policy admits EventBridge itself")
	}
	transformer := target["inputTransformer"].ObjectValue()
	paths := transformer["inputPaths"].ObjectValue()
	if len(paths) != len(fields) {
		t.Errorf("paths: got %v, want %v", paths, fields)
	}
	var message string
	if err := json.Unmarshal([]byte(transformer["inputTemplate"].StringValue()), &message); err != nil {
		t.Fatalf("the template is no JSON string: %v", err)
	}
	for field, path := range fields {
		if got := paths[resource.PropertyKey(field)]; !got.IsString() || got.StringValue() != path {
			t.Errorf("%s: got %v, want %s", field, got, path)
		}
		if strings.Count(message, "<"+field+">") != 1 {
			t.Errorf("%q does not name %s once", message, field)
		}
	}
	if strings.Count(message, "<") != len(fields) {
		t.Errorf("%q names other fields", message)
	}
	if !strings.Contains(message, "First: ") || !strings.HasSuffix(message, " Runbook: https://example.com/runbook#"+section) {
		t.Errorf("message: %q", message)
	}
}

func TestBudgetWarnsTheTopicTwice(t *testing.T) {
	got := run(t, full()).Get(t, "budgets.Budget alerts").Inputs
	for key, want := range map[resource.PropertyKey]string{
		"name": "alerts-us-east-1", "budgetType": "COST", "limitAmount": "60", "limitUnit": "USD", "timeUnit": "MONTHLY",
	} {
		if got[key].StringValue() != want {
			t.Errorf("%s: got %v, want %s", key, got[key], want)
		}
	}
	var warnings []string
	for _, n := range got["notifications"].ArrayValue() {
		n := n.ObjectValue()
		warnings = append(warnings, fmt.Sprint(n["notificationType"].StringValue(), " ", n["comparisonOperator"].StringValue(), " ",
			n["threshold"].NumberValue(), " ", n["thresholdType"].StringValue(), " ", n["subscriberSnsTopicArns"].ArrayValue()[0].StringValue()))
	}
	mocktest.Equal(t, "warnings", warnings, []string{
		"ACTUAL GREATER_THAN 80 PERCENTAGE " + topicARN,
		"FORECASTED GREATER_THAN 100 PERCENTAGE " + topicARN,
	})
	filter := got["costFilters"].ArrayValue()[0].ObjectValue()
	if filter["name"].StringValue() != "TagKeyValue" || filter["values"].ArrayValue()[0].StringValue() != "user:environment$staging" {
		t.Errorf("filter: got %v", filter)
	}
}

// A tag that is not activated would make a budget that never warns.
func TestBudgetIsOfTheWholeAccountUnlessATagIsGiven(t *testing.T) {
	args := full()
	args.CostTag = nil
	if filters, set := run(t, args).Get(t, "budgets.Budget alerts").Inputs["costFilters"]; set {
		t.Errorf("filters: got %v", filters)
	}
}

func TestFilters(t *testing.T) {
	args := full()
	args.LatencySeconds = 0.5
	got := run(t, args)
	for name, want := range map[string][3]string{
		"error-lines":   {"/slipway/staging/app", "ErrorLines", `{ $.level = "ERROR" || $.level = "CRITICAL" }`},
		"server-errors": {"/slipway/staging/app", "ServerErrors", `{ $.logger = "app.request" && $.status >= 500 }`},
		"slow-requests": {"/slipway/staging/app", "SlowRequests", `{ $.logger = "app.request" && $.duration_ms > 500 }`},
		"refusals":      {"/slipway/staging/app", "Refusals", `{ $.logger = "app.request" && ($.status = 401 || $.status = 403 || $.status = 429) }`},
		"slow-queries":  {"/aws/rds/instance/db/postgresql", "SlowQueries", `"LOG:  duration:"`},
	} {
		filter := got.Get(t, "cloudwatch.LogMetricFilter alerts-"+name).Inputs
		metric := filter["metricTransformation"].ObjectValue()
		mocktest.Equal(t, name,
			[]string{filter["logGroupName"].StringValue(), metric["name"].StringValue(), filter["pattern"].StringValue()}, want[:])
		mocktest.Equal(t, name+": metric",
			[]string{metric["namespace"].StringValue(), metric["value"].StringValue(), metric["unit"].StringValue()},
			[]string{"Slipway/alerts", "1", "Count"})
		if metric.HasValue("defaultValue") {
			t.Errorf("%s: a default value makes the metric report, and cost, all the time", name)
		}
	}
}

// testdata/app.log is what the app's formatter wrote; record.py beside it says
// how to write it again. Every field that a pattern names must be there, with
// values of the kind that it is compared with.
func TestPatternsFitWhatTheAppLogs(t *testing.T) {
	text, err := os.ReadFile("testdata/app.log")
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		lines = append(lines, fields)
	}
	some := func(fits func(map[string]any) bool) bool {
		for _, line := range lines {
			if fits(line) {
				return true
			}
		}
		return false
	}
	ofRequests := func(line map[string]any) bool { return line["logger"] == "app.request" }
	equal := regexp.MustCompile(`\$\.(\w+) = "([^"]*)"`)
	number := regexp.MustCompile(`\$\.(\w+) (?:=|>|>=) ([0-9.]+)`)
	got := run(t, full())
	compared := 0
	for _, name := range []string{"error-lines", "server-errors", "slow-requests", "refusals"} {
		pattern := got.Get(t, "cloudwatch.LogMetricFilter alerts-"+name).Inputs["pattern"].StringValue()
		for _, term := range equal.FindAllStringSubmatch(pattern, -1) {
			compared++
			// The app has no line at level CRITICAL of its own; libraries do.
			if term[2] != "CRITICAL" && !some(func(line map[string]any) bool { return line[term[1]] == term[2] }) {
				t.Errorf("%s: no line has %s %q", name, term[1], term[2])
			}
		}
		for _, term := range number.FindAllStringSubmatch(pattern, -1) {
			compared++
			if some(func(line map[string]any) bool { _, is := line[term[1]].(float64); return ofRequests(line) && !is }) {
				t.Errorf("%s: %s is no number in a line of app.request", name, term[1])
			}
			if !strings.Contains(pattern, `$.logger = "app.request"`) {
				t.Errorf("%s: %s is compared in lines of other loggers, where it may be a text", name, term[1])
			}
		}
		if fields := strings.Count(pattern, "$."); fields == 0 {
			t.Errorf("%s: %s compares nothing", name, pattern)
		} else {
			compared -= fields
		}
	}
	if compared != 0 {
		t.Errorf("%d comparisons were not checked", -compared)
	}
	// The lines have something to count for the patterns with limits.
	for what, fits := range map[string]func(map[string]any) bool{
		"500": func(line map[string]any) bool { return ofRequests(line) && line["status"] == 500.0 },
		"401": func(line map[string]any) bool { return ofRequests(line) && line["status"] == 401.0 },
		"slow request": func(line map[string]any) bool {
			d, _ := line["duration_ms"].(float64)
			return ofRequests(line) && d > 1000
		},
	} {
		if !some(fits) {
			t.Errorf("the recording has no %s", what)
		}
	}
}

// A line as RDS writes it with its log_line_prefix and log_min_duration_statement:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html
func TestSlowQueryPatternFitsPostgreSQL(t *testing.T) {
	const line = "2026-11-24 00:02:19 UTC:10.0.10.21(43210):slipway@app:[5120]:LOG:  duration: 612.345 ms  statement: SELECT 1"
	pattern := run(t, full()).Get(t, "cloudwatch.LogMetricFilter alerts-slow-queries").Inputs["pattern"].StringValue()
	if phrase := strings.Trim(pattern, `"`); pattern != `"`+phrase+`"` || !strings.Contains(line, phrase) {
		t.Errorf("%s is not in %s", pattern, line)
	}
}
