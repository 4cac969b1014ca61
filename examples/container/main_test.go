package main

import (
	"slices"
	"testing"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestProgramBuildsItsThreeComponentsAndNothingElse(t *testing.T) {
	got := mocktest.MustRun(t, "dev", nil, deploy)
	roots := []string{"edge.Edge hello-edge", "network.Network hello-network", "service.Service hello-app"}
	got.CheckParents(t, roots...)
	var components []string
	for _, res := range got.All() {
		if slices.Contains(roots, res.Key()) {
			components = append(components, res.Key())
		}
		if res.Protected {
			t.Errorf("%s is protected", res.Key())
		}
	}
	slices.Sort(components)
	mocktest.Equal(t, "components", components, roots)
	got.Get(t, "ecs.Service hello-app")
	got.Get(t, "lb.Listener hello-edge-http")
}
