package pricing_test

import (
	"testing"
	"testing/quick"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// More of anything never costs less, and nothing costs less than nothing.
func TestMoreNeverCostsLess(t *testing.T) {
	zones := func(n float64) []any {
		names := []any{}
		for i := range int(n) {
			names = append(names, string(rune('a'+i)))
		}
		return names
	}
	for name, build := range map[string]func(n float64) []pricing.Resource{
		"zones": func(n float64) []pricing.Resource {
			return []pricing.Resource{resource(tVPC, "net", with(vpc, object{"availabilityZoneNames": zones(n + 1)})), resource(tBalancer, "edge", balancer), resource(tEndpoint, "logs", object{"vpcEndpointType": "Interface"})}
		},
		"tasks": func(n float64) []pricing.Resource {
			return append(app(object{"desiredCount": n}), resource(tCluster, "app", insights("enhanced")))
		},
		"tasks with Spot": func(n float64) []pricing.Resource {
			return app(object{"desiredCount": n, "launchType": nil, "capacityProviderStrategies": spot})
		},
		"memory": func(n float64) []pricing.Resource {
			return []pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"memory": 1024 * (n + 1)}))}
		},
		"storage": func(n float64) []pricing.Resource {
			return []pricing.Resource{resource(tInstance, "db", with(postgres, object{"allocatedStorage": 20 + n}))}
		},
		"machines": func(n float64) []pricing.Resource {
			return []pricing.Resource{resource(tGroup, "nat", with(group, object{"desiredCapacity": n})), resource(tTemplate, "nat", template)}
		},
		"dashboards": func(n float64) []pricing.Resource {
			resources := []pricing.Resource{}
			for range int(n) {
				resources = append(resources, resource(tDashboard, "d", nil))
			}
			return resources
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := list(t)
			total := func(n float64) float64 {
				estimate, err := l.Estimate(build(n))
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range estimate.Lines {
					if line.Monthly < 0 || line.Count < 0 {
						t.Errorf("%+v", line)
					}
				}
				return estimate.Total
			}
			grows := func(a, b uint8) bool {
				low, high := float64(min(a, b)%20), float64(max(a, b)%20)
				if low > high {
					low, high = high, low
				}
				return total(low) <= total(high)
			}
			if err := quick.Check(grows, nil); err != nil {
				t.Error(err)
			}
			if total(0) >= total(19) {
				t.Error("the number makes no difference")
			}
		})
	}
}

// Two zones' worth of database cost more than one's, Spot less than on-demand,
// ARM less than x86.
func TestAlternativesDiffer(t *testing.T) {
	total := func(resources ...pricing.Resource) float64 {
		estimate, err := list(t).Estimate(resources)
		if err != nil {
			t.Fatal(err)
		}
		return estimate.Total
	}
	x86 := resource(tDefinition, "app", with(definition, object{"runtimePlatform": nil}))
	for name, pair := range map[string][2]float64{
		"one zone, two zones": {total(resource(tInstance, "db", postgres)), total(resource(tInstance, "db", with(postgres, object{"multiAz": true})))},
		"Spot, on-demand":     {total(app(object{"launchType": nil, "capacityProviderStrategies": spot})...), total(app(nil)...)},
		"ARM, x86":            {total(app(nil)...), total(resource(tService, "app", tasks), x86)},
	} {
		if pair[0] >= pair[1] {
			t.Errorf("%s: %v", name, pair)
		}
	}
}
