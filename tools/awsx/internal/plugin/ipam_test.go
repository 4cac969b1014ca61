package plugin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// pool asks for a range from IPAM.
func pool(changes map[string]any) map[string]any {
	args := with(map[string]any{"ipv4IpamPoolId": "ipam-pool-1", "ipv4NetmaskLength": 16.0})
	delete(args, "cidrBlock")
	for key, value := range changes {
		args[key] = value
	}
	return args
}

// Subnets follow the range that IPAM gives to the VPC.
func TestIPAM(t *testing.T) {
	t.Parallel()
	for mode, dryRun := range map[string]bool{"up": false, "preview": true} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			got := construct(t, &recorder.Monitor{DryRun: dryRun, VPCRange: "10.7.0.0/16"}, pool(nil))
			require.NoError(t, got.err)
			assert.Equal(t, map[string]any{
				"ipv4IpamPoolId": "ipam-pool-1", "ipv4NetmaskLength": 16.0, "tags": map[string]any{"Name": "net"},
			}, got.inputs(t, "vpc"))
			ranges := map[string]any{
				"subnet:net-private-1": "10.7.0.0/18", "subnet:net-public-1": "10.7.64.0/19",
				"subnet:net-private-2": "10.7.128.0/18", "subnet:net-public-2": "10.7.192.0/19",
			}
			for symbol, want := range ranges {
				if dryRun {
					want = recorder.Unknown
				}
				assert.Equal(t, want, got.inputs(t, symbol)["cidrBlock"])
				subnet, _ := got.monitor.Child(symbol)
				assert.Equal(t, []string{"vpc"}, recorder.Symbols(subnet.GetPropertyDependencies()["cidrBlock"].GetUrns()))
			}
			outputs, err := recorder.Plain(got.response.GetState())
			require.NoError(t, err)
			want := any([]any{
				map[string]any{"type": "Private", "cidrMask": 18.0}, map[string]any{"type": "Public", "cidrMask": 19.0},
			})
			if dryRun {
				want = recorder.Unknown
			}
			assert.Equal(t, want, outputs["subnetLayout"])
		})
	}
}

func TestIPAMErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args map[string]any
		want string
	}{
		"legacy": {
			pool(map[string]any{"subnetStrategy": "Legacy"}),
			`Dynamically allocated cidrBlock ranges are not supported with subnetStrategy="Legacy". "Try using subnetStrategy="Auto"`,
		},
		"range and length": {
			pool(map[string]any{"cidrBlock": "10.0.0.0/16"}),
			"Only one of 'cidrBlock', 'ipv4NetmaskLength' is allowed.",
		},
		"neither": {
			with(map[string]any{"ipv4IpamPoolId": "p", "cidrBlock": nil}),
			"If 'ipv4IpamPoolId' is specified, 'ipv4NetmaskLength' or 'cidrBlock' must also be specified.",
		},
		"no public subnet": {
			pool(map[string]any{"subnetSpecs": []any{map[string]any{"type": "Private"}}}),
			"If NAT Gateway strategy is 'OnePerAz' or 'Single', both private and public subnets must be declared.",
		},
		"range too small": {
			pool(map[string]any{"subnetSpecs": []any{
				map[string]any{"type": "Private", "cidrMask": 16.0}, map[string]any{"type": "Public"},
			}}),
			"Subnets are too large for VPC.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := construct(t, &recorder.Monitor{VPCRange: "10.7.0.0/16"}, test.args)
			require.ErrorContains(t, got.err, test.want)
		})
	}
}
