package observability_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/observability"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

type board struct {
	Widgets []struct {
		Type                string
		X, Y, Width, Height int
		Properties          struct {
			Title, Region, Query, View string
			Period                     int
			Alarms                     []string
			Metrics                    [][]any
		}
	}
}

func dashboard(t *testing.T, args *observability.Args) board {
	t.Helper()
	inputs := run(t, args).Get(t, "cloudwatch.Dashboard alerts").Inputs
	if name := inputs["dashboardName"].StringValue(); name != "alerts-us-east-1" {
		t.Errorf("name: got %s", name)
	}
	var got board
	if err := json.Unmarshal([]byte(inputs["dashboardBody"].StringValue()), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDashboardShows(t *testing.T) {
	var titles []string
	for _, w := range dashboard(t, full()).Widgets {
		titles = append(titles, fmt.Sprintf("%s at %d,%d of %dx%d: %s", w.Type, w.X, w.Y, w.Width, w.Height, w.Properties.Title))
	}
	mocktest.Equal(t, "widgets", titles, []string{
		"alarm at 0,0 of 24x3: Alarms",
		"metric at 0,3 of 8x6: Requests and errors",
		"metric at 8,3 of 8x6: Latency",
		"metric at 16,3 of 8x6: Targets",
		"metric at 0,9 of 8x6: CPU of the tasks",
		"metric at 8,9 of 8x6: Memory of the tasks",
		"metric at 16,9 of 8x6: Tasks",
		"metric at 0,15 of 8x6: Background jobs",
		"metric at 8,15 of 8x6: The app's log",
		"metric at 16,15 of 8x6: CPU of the database",
		"metric at 0,21 of 8x6: Connections to the database",
		"metric at 8,21 of 8x6: Free memory of the database",
		"metric at 16,21 of 8x6: Free storage of the database",
		"metric at 0,27 of 8x6: Disk operations of the database",
		"metric at 8,27 of 8x6: Slow queries",
		"metric at 16,27 of 8x6: Replicas behind",
		"log at 0,33 of 24x8: Last errors",
	})
}

// Up to 50 metrics a dashboard are free.
func TestDashboardMetrics(t *testing.T) {
	metrics := map[string]int{}
	for _, w := range dashboard(t, full()).Widgets {
		if w.Type != "metric" {
			continue
		}
		if w.Properties.Region != "us-east-1" || w.Properties.View != "timeSeries" || w.Properties.Period != 60 {
			t.Errorf("%s: %+v", w.Properties.Title, w.Properties)
		}
		for _, metric := range w.Properties.Metrics {
			options, ok := metric[len(metric)-1].(map[string]any)
			if !ok || options["label"] == "" || options["stat"] == "" {
				t.Errorf("%s: %v has no label or statistic", w.Properties.Title, metric)
			}
			var parts []string
			for _, part := range metric[:len(metric)-1] {
				parts = append(parts, part.(string))
			}
			switch {
			case len(parts)%2 != 0 || slices.Contains(parts, ""):
				t.Errorf("%s: %q is no metric", w.Properties.Title, parts)
			case len(parts) < 4 && parts[0] != "Slipway/alerts":
				t.Errorf("%s: %q has no dimensions", w.Properties.Title, parts)
			}
			metrics[strings.Join(parts, " ")+" "+options["stat"].(string)]++
		}
	}
	if len(metrics) != 29 {
		t.Errorf("got %d metrics, doc.go says 29:\n%s", len(metrics), strings.Join(slices.Sorted(maps.Keys(metrics)), "\n"))
	}
	for metric, times := range metrics {
		if times > 1 {
			t.Errorf("%s is there %d times", metric, times)
		}
	}
	for _, want := range []string{
		"AWS/ApplicationELB TargetResponseTime TargetGroup targetgroup/edge/2 LoadBalancer app/edge/1 p95",
		"AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer app/edge/1 Sum",
		"AWS/ECS CPUUtilization ClusterName cluster ServiceName app-worker-jobs SampleCount",
		"AWS/RDS ReplicaLag DBInstanceIdentifier db-replica-1 Average",
		"RecipeApi TasksWaiting Environment staging Maximum",
		"Slipway/alerts ErrorLines Sum",
	} {
		if metrics[want] == 0 {
			t.Errorf("no %s", want)
		}
	}
}

func TestDashboardShowsEveryAlarmAndTheLastErrors(t *testing.T) {
	widgets := dashboard(t, full()).Widgets
	var want []string
	for name := range alarms(t, full()) {
		want = append(want, "arn:aws:cloudwatch:us-east-1:111122223333:alerts-"+name)
	}
	got := widgets[0].Properties.Alarms
	slices.Sort(got)
	slices.Sort(want)
	mocktest.Equal(t, "alarms", got, want)

	errors := widgets[len(widgets)-1].Properties
	if errors.Region != "us-east-1" || errors.View != "table" || !strings.HasPrefix(errors.Query, "SOURCE '/slipway/staging/app' | fields @timestamp") {
		t.Errorf("last errors: %+v", errors)
	}
}

func TestDashboardWithoutLogsShowsNone(t *testing.T) {
	args := full()
	args.LogGroup, args.DatabaseLogGroup, args.ReplicaIDs, args.Backlog = nil, nil, nil, nil
	for _, w := range dashboard(t, args).Widgets {
		if title := w.Properties.Title; w.Type == "log" || title == "The app's log" || title == "Slow queries" || title == "Replicas behind" || title == "Background jobs" {
			t.Errorf("%s is there", title)
		}
	}
}
