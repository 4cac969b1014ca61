package service_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// strategy is "provider base weight", sorted.
func strategy(t *testing.T, inputs resource.PropertyMap, key resource.PropertyKey) []string {
	t.Helper()
	var list []string
	for _, value := range inputs[key].ArrayValue() {
		share := value.ObjectValue()
		base := 0.0
		if share.HasValue("base") {
			base = share["base"].NumberValue()
		}
		list = append(list, fmt.Sprint(share["capacityProvider"].StringValue(), " ", base, " ", share["weight"].NumberValue()))
	}
	slices.Sort(list)
	return list
}

func TestSpotComesOnTopOfAnOnDemandBase(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*service.Args)
		want   []string
	}{
		"zero value":      {func(*service.Args) {}, []string{"FARGATE 0 1"}},
		"spot":            {func(a *service.Args) { a.Spot, a.MinTasks = true, 3 }, []string{"FARGATE 3 0", "FARGATE_SPOT 0 1"}},
		"a smaller base":  {func(a *service.Args) { a.Spot, a.MinTasks, a.OnDemandTasks = true, 3, 1 }, []string{"FARGATE 1 0", "FARGATE_SPOT 0 1"}},
		"a greater base":  {func(a *service.Args) { a.Spot, a.MaxTasks, a.OnDemandTasks = true, 4, 4 }, []string{"FARGATE 4 0", "FARGATE_SPOT 0 1"}},
		"nothing else":    {func(a *service.Args) { a.Spot, a.SpotOnly = true, true }, []string{"FARGATE_SPOT 0 1"}},
		"least with spot": {func(a *service.Args) { a.Spot = true }, []string{"FARGATE 1 0", "FARGATE_SPOT 0 1"}},
	} {
		args := base(t)
		test.change(args)
		inputs := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "ecs.Service app").Inputs
		mocktest.Equal(t, name, strategy(t, inputs, "capacityProviderStrategies"), test.want)
		if inputs.HasValue("launchType") {
			t.Errorf("%s: a launch type excludes capacity providers", name)
		}
	}
}

func TestInsightsCanBeLeftOff(t *testing.T) {
	args := base(t)
	args.WithoutInsights = true
	setting := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "ecs.Cluster app").Inputs["settings"].ArrayValue()[0].ObjectValue()
	if setting["name"].StringValue() != "containerInsights" || setting["value"].StringValue() != "disabled" {
		t.Errorf("got %v", setting)
	}
}

func TestWorkersRunOnSpotOnlyWhenAsked(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	mocktest.Equal(t, "mail", strategy(t, got.Get(t, "ecs.Service app-worker-mail").Inputs, "capacityProviderStrategies"), []string{"FARGATE 0 1"})
	mocktest.Equal(t, "thumbnails", strategy(t, got.Get(t, "ecs.Service app-worker-thumbnails").Inputs, "capacityProviderStrategies"), []string{"FARGATE_SPOT 0 1"})
}

func TestClusterHasBothCapacitiesAndPrefersOnDemand(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base(t)))
	inputs := got.Get(t, "ecs.ClusterCapacityProviders app").Inputs
	var providers []string
	for _, value := range inputs["capacityProviders"].ArrayValue() {
		providers = append(providers, value.StringValue())
	}
	mocktest.Equal(t, "providers", providers, []string{"FARGATE", "FARGATE_SPOT"})
	mocktest.Equal(t, "default", strategy(t, inputs, "defaultCapacityProviderStrategies"), []string{"FARGATE 0 1"})
	setting := got.Get(t, "ecs.Cluster app").Inputs["settings"].ArrayValue()[0].ObjectValue()
	if setting["name"].StringValue() != "containerInsights" || setting["value"].StringValue() != "enabled" {
		t.Errorf("Container Insights: got %v", setting)
	}
}
