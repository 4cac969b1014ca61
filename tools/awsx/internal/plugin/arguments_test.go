package plugin_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// odd draws a value of any type, nested at most twice.
func odd(t *rapid.T, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom([]string{"", "Public", "Private", "10.0.0.0/16", "Auto", "None", "x", recorder.Unknown}).Draw(t, "text")
	case 1:
		return rapid.SampledFrom([]float64{0, -1, 1.5, 3, 20, 33, 256, 1e18}).Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "bool")
	case 3:
		return nil
	case 4:
		return map[string]any{"$secret": "s"}
	case 5:
		return []any{}
	case 6:
		return []any{odd(t, depth-1), odd(t, depth-1)}
	default:
		key := rapid.SampledFrom([]string{"type", "strategy", "tags", "cidrBlocks", "serviceName", "a"}).Draw(t, "key")
		return map[string]any{key: odd(t, depth-1)}
	}
}

// Arguments of any type and value: the server answers, with a network or with
// an error that says something, and does not panic.
func TestOddArguments(t *testing.T) {
	t.Parallel()
	keys := []string{
		"availabilityZoneCidrMask", "availabilityZoneNames", "cidrBlock", "enableDnsSupport", "instanceTenancy",
		"ipv4IpamPoolId", "ipv4NetmaskLength", "natGateways", "numberOfAvailabilityZones", "subnetSpecs",
		"subnetStrategy", "tags", "vpcEndpointSpecs", "unheardOf",
	}
	accepted := 0
	rapid.Check(t, func(rt *rapid.T) {
		args := base()
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			args[key] = odd(rt, 2)
		}
		got := construct(rt, &recorder.Monitor{
			DryRun: rapid.Bool().Draw(rt, "dryRun"), Zones: []string{"a", "b", "c"}, VPCRange: "10.0.0.0/16",
		}, args)
		if got.err != nil {
			require.NotEmpty(rt, got.err.Error())
			return
		}
		accepted++
		require.GreaterOrEqual(rt, len(got.monitor.Children()), 2, "a network has a VPC and an internet gateway")
	})
	require.NotZero(t, accepted, "some odd arguments are accepted")
}
