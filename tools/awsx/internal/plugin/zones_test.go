package plugin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// A third zone with ranges of its own adds children and leaves the others as
// they are, whatever the NAT strategy.
func TestThirdZoneOnlyAdds(t *testing.T) {
	zones := []any{"us-east-1a", "us-east-1b", "us-east-1c"}
	tiers := []struct {
		kind   string
		blocks []any
	}{
		{"Public", []any{"10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"}},
		{"Private", []any{"10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"}},
		{"Isolated", []any{"10.0.192.0/23", "10.0.194.0/23", "10.0.196.0/23"}},
	}
	for _, strategy := range []string{"None", "Single", "OnePerAz"} {
		t.Run(strategy, func(t *testing.T) {
			children := func(count int) map[string]map[string]any {
				var specs []any
				for _, tier := range tiers {
					specs = append(specs, map[string]any{"type": tier.kind, "cidrBlocks": tier.blocks[:count]})
				}
				r := construct(t, &recorder.Monitor{}, map[string]any{
					"cidrBlock": "10.0.0.0/16", "availabilityZoneNames": zones[:count],
					"subnetStrategy": "Auto", "subnetSpecs": specs,
					"natGateways": map[string]any{"strategy": strategy},
				})
				require.NoError(t, r.err)
				found := map[string]map[string]any{}
				for _, child := range r.monitor.Children() {
					found[child.URN] = r.inputs(t, recorder.Symbol(child.URN))
				}
				return found
			}
			two, three := children(2), children(3)
			assert.Greater(t, len(three), len(two))
			for urn, inputs := range two {
				assert.Empty(t, cmp.Diff(inputs, three[urn]), urn)
			}
		})
	}
}
