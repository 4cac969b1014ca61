package service_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestServiceScalesOnCPUAndOnRequests(t *testing.T) {
	args := full(t)
	args.CPU, args.MemoryMiB = 1024, 2048
	got := mocktest.MustRun(t, "test", nil, program(args))
	for name, want := range map[string]struct {
		metric, label, resource string
		value                   float64
	}{
		"app-cpu":                   {"ECSServiceAverageCPUUtilization", "", "service/app/app", 60},
		"app-requests":              {"ALBRequestCountPerTarget", "app/edge/2b/targetgroup/edge/1a", "service/app/app", 2400},
		"app-worker-thumbnails-cpu": {"ECSServiceAverageCPUUtilization", "", "service/app/app-worker-thumbnails", 60},
	} {
		policy := got.Get(t, "appautoscaling.Policy "+name).Inputs
		if id := policy["resourceId"].StringValue(); id != want.resource {
			t.Errorf("%s: scales %s, want %s", name, id, want.resource)
		}
		tracking := policy["targetTrackingScalingPolicyConfiguration"].ObjectValue()
		metric := tracking["predefinedMetricSpecification"].ObjectValue()
		label := ""
		if metric.HasValue("resourceLabel") {
			label = metric["resourceLabel"].StringValue()
		}
		if metric["predefinedMetricType"].StringValue() != want.metric || label != want.label || tracking["targetValue"].NumberValue() != want.value {
			t.Errorf("%s: got %v", name, tracking)
		}
		if tracking["scaleInCooldown"].NumberValue() <= tracking["scaleOutCooldown"].NumberValue() {
			t.Errorf("%s: tasks go as fast as they come: %v", name, tracking)
		}
	}
}

func TestScalingBounds(t *testing.T) {
	args := full(t)
	args.MinTasks = 3
	got := mocktest.MustRun(t, "test", nil, program(args))
	for name, want := range map[string][2]float64{"app": {3, 6}, "app-worker-thumbnails": {2, 5}} {
		target := got.Get(t, "appautoscaling.Target "+name).Inputs
		if bounds := [2]float64{target["minCapacity"].NumberValue(), target["maxCapacity"].NumberValue()}; bounds != want {
			t.Errorf("%s: got %v, want %v", name, bounds, want)
		}
	}
}

func TestRequestsPerTargetCanBeGiven(t *testing.T) {
	args := full(t)
	args.RequestsPerTarget = 77
	policy := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "appautoscaling.Policy app-requests").Inputs
	if value := policy["targetTrackingScalingPolicyConfiguration"].ObjectValue()["targetValue"].NumberValue(); value != 77 {
		t.Errorf("got %v", value)
	}
}

func TestRequestsOfSomethingElseAreRefused(t *testing.T) {
	for name, change := range map[string]func(*service.Args){
		"load balancer": func(a *service.Args) { a.LoadBalancerARN = pulumi.String("arn:other") },
		"target group":  func(a *service.Args) { a.TargetGroupARN = pulumi.String("arn:other") },
	} {
		args := full(t)
		change(args)
		_, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil || !strings.Contains(err.Error(), "must be the ARNs of a load balancer and of a target group") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
