package observability_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/components/observability"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// alarms are the alarms of args by the last part of their names.
func alarms(t *testing.T, args *observability.Args) map[string]resource.PropertyMap {
	t.Helper()
	found := map[string]resource.PropertyMap{}
	for _, res := range run(t, args).All() {
		if res.Type == "aws:cloudwatch/metricAlarm:MetricAlarm" {
			found[strings.TrimPrefix(res.Name, "alerts-")] = res.Inputs
		}
	}
	return found
}

// row is an alarm as one line: what is looked at, when it goes off, and what
// silence means.
func row(alarm resource.PropertyMap) string {
	subject := metricOf(alarm)
	if queries, math := alarm["metricQueries"]; math {
		subject = expressionOf(queries)
	}
	return fmt.Sprintf("%s %s %v, %v of %v x %vs, missing %s, %s", subject,
		map[string]string{"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">=", "LessThanThreshold": "<"}[alarm["comparisonOperator"].StringValue()],
		alarm["threshold"].NumberValue(), alarm["datapointsToAlarm"].NumberValue(), alarm["evaluationPeriods"].NumberValue(), periodOf(alarm),
		alarm["treatMissingData"].StringValue(), alarm["tags"].ObjectValue()["severity"].StringValue())
}

func metricOf(m resource.PropertyMap) string {
	statistic := ""
	for _, key := range []resource.PropertyKey{"statistic", "extendedStatistic", "stat"} {
		if value, set := m[key]; set {
			statistic = value.StringValue()
		}
	}
	var dimensions []string
	if values, set := m["dimensions"]; set {
		for name, value := range values.ObjectValue() {
			dimensions = append(dimensions, string(name)+"="+value.StringValue())
		}
	}
	slices.Sort(dimensions)
	text := func(key resource.PropertyKey) string {
		if value, set := m[key]; set {
			return value.StringValue()
		}
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s(%s) %s", text("namespace"), statistic, text("metricName"), strings.Join(dimensions, " ")))
}

func expressionOf(queries resource.PropertyValue) string {
	var parts []string
	for _, query := range queries.ArrayValue() {
		q := query.ObjectValue()
		if expression, set := q["expression"]; set {
			parts = append(parts, expression.StringValue())
			continue
		}
		parts = append(parts, q["id"].StringValue()+": "+metricOf(q["metric"].ObjectValue())+";")
	}
	return strings.Join(parts, " ")
}

func periodOf(alarm resource.PropertyMap) float64 {
	if queries, math := alarm["metricQueries"]; math {
		return queries.ArrayValue()[0].ObjectValue()["metric"].ObjectValue()["period"].NumberValue()
	}
	return alarm["period"].NumberValue()
}

func TestTable(t *testing.T) {
	const balancer, target = "LoadBalancer=app/edge/1", "LoadBalancer=app/edge/1 TargetGroup=targetgroup/edge/2"
	const elb, rds, db = "AWS/ApplicationELB ", "AWS/RDS ", " DBInstanceIdentifier=db "
	want := map[string]string{
		"no-healthy-target": elb + "Maximum(HealthyHostCount) " + target + " < 1, 2 of 2 x 60s, missing breaching, page",
		"unhealthy-target":  elb + "Maximum(UnHealthyHostCount) " + target + " >= 1, 10 of 15 x 60s, missing notBreaching, ticket",
		"load-balancer-errors": "errors: " + elb + "Sum(HTTPCode_ELB_5XX_Count) " + balancer + "; requests: " + elb + "Sum(RequestCount) " + balancer + "; " +
			"IF(FILL(errors, 0) > 2, 100 * FILL(errors, 0) / (FILL(requests, 0) + FILL(errors, 0)), 0) > 5, 3 of 5 x 60s, missing notBreaching, page",
		"app-errors": "errors: " + elb + "Sum(HTTPCode_Target_5XX_Count) " + target + "; requests: " + elb + "Sum(RequestCount) " + target + "; " +
			"IF(FILL(errors, 0) > 2, 100 * FILL(errors, 0) / FILL(requests, 1), 0) > 5, 3 of 5 x 60s, missing notBreaching, page",
		"latency-p95":            elb + "p95(TargetResponseTime) " + target + " > 1, 3 of 3 x 300s, missing notBreaching, page",
		"latency-p99":            elb + "p99(TargetResponseTime) " + target + " > 3, 6 of 6 x 300s, missing notBreaching, ticket",
		"rejected-connections":   elb + "Sum(RejectedConnectionCount) " + balancer + " >= 1, 3 of 5 x 60s, missing notBreaching, page",
		"certificate-expiry":     "AWS/CertificateManager Minimum(DaysToExpiry) CertificateArn=arn:certificate < 30, 1 of 1 x 86400s, missing ignore, ticket",
		"tasks":                  "AWS/ECS SampleCount(CPUUtilization) ClusterName=cluster ServiceName=app < 2, 5 of 5 x 60s, missing breaching, page",
		"cpu":                    "AWS/ECS Average(CPUUtilization) ClusterName=cluster ServiceName=app > 85, 15 of 15 x 60s, missing missing, ticket",
		"memory":                 "AWS/ECS Maximum(MemoryUtilization) ClusterName=cluster ServiceName=app > 90, 10 of 15 x 60s, missing missing, ticket",
		"worker-jobs-tasks":      "AWS/ECS SampleCount(CPUUtilization) ClusterName=cluster ServiceName=app-worker-jobs < 1, 10 of 10 x 60s, missing breaching, page",
		"backlog":                "RecipeApi Minimum(TasksWaiting) Environment=staging > 100, 3 of 3 x 300s, missing notBreaching, ticket",
		"database-cpu":           rds + "Average(CPUUtilization)" + db + "> 80, 15 of 15 x 60s, missing missing, ticket",
		"database-storage":       rds + "Minimum(FreeStorageSpace)" + db + "< 2.147483648e+09, 6 of 6 x 300s, missing missing, page",
		"database-connections":   rds + "Maximum(DatabaseConnections)" + db + "> 67, 5 of 5 x 60s, missing missing, page",
		"database-memory":        rds + "Minimum(FreeableMemory)" + db + "< 5.36870912e+07, 3 of 3 x 300s, missing missing, ticket",
		"database-credits":       rds + "Maximum(CPUCreditBalance)" + db + "< 5, 6 of 6 x 3600s, missing missing, ticket",
		"database-replica-1-lag": rds + "Average(ReplicaLag) DBInstanceIdentifier=db-replica-1 > 60, 10 of 10 x 60s, missing breaching, ticket",
		"log-errors":             "Slipway/alerts Sum(ErrorLines) >= 5, 1 of 1 x 300s, missing notBreaching, ticket",
	}
	got := alarms(t, full())
	for name, alarm := range got {
		if line := row(alarm); line != want[name] {
			t.Errorf("%s:\ngot  %s\nwant %s", name, line, want[name])
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			t.Errorf("no alarm %s", name)
		}
	}
}

func TestEveryAlarmTellsWhoWhatAndWhen(t *testing.T) {
	for name, alarm := range alarms(t, full()) {
		if alarm["name"].StringValue() != "alerts-"+name {
			t.Errorf("%s is called %s", name, alarm["name"].StringValue())
		}
		for _, key := range []resource.PropertyKey{"alarmActions", "okActions"} {
			if actions := alarm[key].ArrayValue(); len(actions) != 1 || actions[0].StringValue() != topicARN {
				t.Errorf("%s: %s are %v", name, key, actions)
			}
		}
		severity := alarm["tags"].ObjectValue()["severity"].StringValue()
		lines := strings.Split(alarm["alarmDescription"].StringValue(), "\n")
		if len(lines) != 4 || len(lines[0]) < 30 || len(lines[1]) < 30 {
			t.Errorf("%s: description %q", name, lines)
			continue
		}
		for i, want := range []string{"[" + severity + "] ", "First: ", "When: ", "Runbook: https://example.com/runbook#" + name} {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: line %d of the description is %q, want %q", name, i+1, lines[i], want)
			}
		}
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
		if text := strings.Join(lines, "\n"); len(text) > 1024 || strings.Contains(text, "%!") {
			t.Errorf("%s: description of %d characters: %s", name, len(text), text)
		}
		if n, m := alarm["datapointsToAlarm"].NumberValue(), alarm["evaluationPeriods"].NumberValue(); n < 1 || n > m {
			t.Errorf("%s: %v of %v periods", name, n, m)
		}
		// An alarm looks back a day, or a week when its periods are of an hour or more.
		if seconds := periodOf(alarm) * alarm["evaluationPeriods"].NumberValue(); seconds > 86400 {
			t.Errorf("%s: looks back %v s", name, seconds)
		}
	}
}

func TestDescriptionSaysTheLimitWithItsUnit(t *testing.T) {
	args := full()
	args.RunbookURL = ""
	args.LatencySeconds = 0.25
	got := alarms(t, args)
	for name, want := range map[string]string{
		"latency-p99":        "When: TargetResponseTime (p99) above 0.75 s in 6 of 6 periods of 5 min.",
		"app-errors":         "When: HTTPCode_Target_5XX_Count of RequestCount, when more than 2, above 5 % in 3 of 5 periods of 1 min.",
		"database-storage":   "When: FreeStorageSpace (Minimum) below 2 GiB in 6 of 6 periods of 5 min.",
		"database-memory":    "When: FreeableMemory (Minimum) below 51 MiB in 3 of 3 periods of 5 min.",
		"database-credits":   "When: CPUCreditBalance (Maximum) below 5 credits in 6 of 6 periods of 1 h.",
		"certificate-expiry": "When: DaysToExpiry (Minimum) below 30 days in 1 of 1 periods of 1 d.",
		"log-errors":         "When: ErrorLines (Sum) at least 5 lines in 1 of 1 periods of 5 min.",
	} {
		lines := strings.Split(got[name]["alarmDescription"].StringValue(), "\n")
		if len(lines) != 3 || lines[2] != want {
			t.Errorf("%s: got %q, want %q last", name, lines, want)
		}
	}
}

// CloudWatch asks for many requests before it believes a percentile.
func TestPercentilesOfFewRequestsAreIgnored(t *testing.T) {
	for name, alarm := range alarms(t, full()) {
		_, percentile := alarm["extendedStatistic"]
		ignored := alarm["evaluateLowSampleCountPercentiles"].HasValue() && alarm["evaluateLowSampleCountPercentiles"].StringValue() == "ignore"
		if percentile != ignored {
			t.Errorf("%s: percentile %v, few requests ignored %v", name, percentile, ignored)
		}
	}
}

func TestExactlyOneQueryIsWatched(t *testing.T) {
	for name, alarm := range alarms(t, full()) {
		queries, math := alarm["metricQueries"]
		if !math {
			continue
		}
		watched := 0
		for _, query := range queries.ArrayValue() {
			if data, set := query.ObjectValue()["returnData"]; set && data.BoolValue() {
				watched++
			}
		}
		if watched != 1 {
			t.Errorf("%s: %d queries are watched", name, watched)
		}
	}
}

func TestLimitsFollowTheDatabase(t *testing.T) {
	for class, want := range map[string][2]float64{
		// class: connections, bytes of memory
		"db.t4g.medium":   {270, 0.05 * 4 * (1 << 30)},
		"db.m7g.large":    {540, 0.05 * 8 * (1 << 30)},
		"db.r7g.large":    {1081, 0.05 * 16 * (1 << 30)},
		"db.c6gd.xlarge":  {540, 0.05 * 8 * (1 << 30)},
		"db.r7g.16xlarge": {3000, 0.05 * 512 * (1 << 30)},
		"db.x2iedn.large": {3000, 0.05 * 64 * (1 << 30)},
	} {
		t.Run(class, func(t *testing.T) {
			args := full()
			args.DatabaseClass, args.DatabaseStorageGiB = class, 500
			got := alarms(t, args)
			for name, limit := range map[string]float64{
				"database-connections": want[0], "database-memory": want[1], "database-storage": 50 * (1 << 30),
			} {
				if threshold := got[name]["threshold"].NumberValue(); threshold != limit {
					t.Errorf("%s: got %v, want %v", name, threshold, limit)
				}
			}
		})
	}
}

// What is said in doc.go.
func TestAlarmsCostWhatTheyAreSaidTo(t *testing.T) {
	metrics := 0
	got := alarms(t, full())
	for _, alarm := range got {
		metrics++
		if queries, math := alarm["metricQueries"]; math {
			metrics += len(queries.ArrayValue()) - 2 // its metrics, without the expression
		}
	}
	mocktest.Equal(t, "alarms, metrics", []string{fmt.Sprint(len(got)), fmt.Sprint(metrics)}, []string{"20", "22"})
}
