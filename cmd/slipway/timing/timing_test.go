package timing_test

import (
	"fmt"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
	"gitlab.com/slipway/slipway/cmd/slipway/timing"
)

// stack is what a program registers, with a minimum and a maximum of healthy tasks.
func stack(least, most float64) []pricing.Resource {
	return []pricing.Resource{
		{Type: "aws:lb/targetGroup:TargetGroup", Name: "edge", Properties: map[string]any{
			"deregistrationDelay": 30.0,
			"healthCheck":         map[string]any{"interval": 5.0, "healthyThreshold": 2.0, "unhealthyThreshold": 3.0},
		}},
		{Type: "aws:ecs/taskDefinition:TaskDefinition", Name: "app", Properties: map[string]any{
			"containerDefinitions": `[{"name":"app","stopTimeout":60,"portMappings":[{"containerPort":8000}]}]`,
		}},
		{Type: "aws:ecs/taskDefinition:TaskDefinition", Name: "app-command", Properties: map[string]any{
			"containerDefinitions": `[{"name":"command","stopTimeout":120}]`,
		}},
		{Type: "aws:ecs/service:Service", Name: "app", Properties: map[string]any{
			"loadBalancers": []any{map[string]any{}}, "healthCheckGracePeriodSeconds": 60.0,
			"deploymentMinimumHealthyPercent": least, "deploymentMaximumPercent": most,
		}},
		{Type: "aws:ecs/service:Service", Name: "app-worker", Properties: map[string]any{}},
	}
}

func TestTimeFollowsFromTheSettings(t *testing.T) {
	for _, test := range []struct {
		tasks             int
		least, most       float64
		settings, typical float64
		rollback          float64
	}{
		{2, 100, 200, 10 + 30 + 5, 45 + 3*timing.FargateStart - 35, 2 * 75},
		{1, 100, 200, 10 + 30 + 5, 45 + 3*timing.FargateStart - 35, 3 * 75},
		{2, 50, 100, 2*10 + 2*30 + 5, 85 + 4*timing.FargateStart - 35, 2 * 75},
		{4, 100, 125, 4*10 + 4*30 + 5, 165 + 6*timing.FargateStart - 35, 75},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			got, err := timing.Compute("staging", test.tasks, 5, stack(test.least, test.most))
			if err != nil {
				t.Fatal(err)
			}
			if got.Settings != test.settings || got.Typical != test.typical || got.Rollback != test.rollback {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A preview has numbers as texts, and of a new stack no containers.
func TestPreviewOfANewStackIsTimed(t *testing.T) {
	resources := stack(100, 200)
	resources[0].Properties["deregistrationDelay"] = "30"
	for _, res := range resources[1:3] {
		res.Properties["containerDefinitions"] = pricing.Unknown
	}
	got, err := timing.Compute("staging", 2, 5, resources)
	if err != nil || got.Settings != 45 || got.Typical != 45+3*timing.FargateStart-35 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Workers start while the app's old tasks end: what they need beyond counts.
func TestWorkersCountAsFarAsTheyAreLate(t *testing.T) {
	for name, test := range map[string]struct {
		drain   float64
		workers bool
		typical float64
	}{
		"old tasks end sooner": {5, true, 45 + 3*timing.FargateStart - 35},
		"old tasks end later":  {60, true, 100 + 2*timing.FargateStart},
		"there are no workers": {5, false, 45 + 2*timing.FargateStart},
	} {
		resources := stack(100, 200)
		if !test.workers {
			resources = resources[:4]
		}
		got, err := timing.Compute("staging", 2, test.drain, resources)
		if err != nil || got.Typical != test.typical {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestARolloutThatCannotMoveIsOverTheTarget(t *testing.T) {
	got, err := timing.Compute("staging", 2, 5, stack(100, 100))
	if err != nil || !got.Over() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestProgramWithoutAServiceBehindALoadBalancerIsRefused(t *testing.T) {
	if _, err := timing.Compute("staging", 2, 5, stack(100, 200)[:3]); err == nil || !strings.Contains(err.Error(), "not exactly one service") {
		t.Errorf("got %v", err)
	}
}
