package layout_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// Cases that the recordings leave out. Texts not marked as ours are awsx's.
func TestRefusedLayouts(t *testing.T) {
	t.Parallel()
	two := []string{"a", "b"}
	mask := func(kind string, m int) layout.Spec { return layout.Spec{Type: kind, CIDRMask: &m} }
	blocks := func(kind string, b ...string) layout.Spec { return layout.Spec{Type: kind, CIDRBlocks: b} }
	for name, test := range map[string]struct {
		vpc     string
		request layout.Request
		want    string
	}{
		"not a CIDR block": {
			vpc: "10.0.0.0", request: layout.Request{Zones: two},
			want: `cidrBlock: invalid IPv4 CIDR block "10.0.0.0": want an address and a mask such as 10.0.0.0/16`,
		},
		"IPv6": {
			vpc: "fd00::/8", request: layout.Request{Zones: two},
			want: `cidrBlock: invalid IPv4 CIDR block "fd00::/8": want an address and a mask such as 10.0.0.0/16`,
		},
		"no specs": {
			vpc: "10.0.0.0/16", request: layout.Request{Zones: two, Specs: []layout.Spec{}, Strategy: layout.Auto},
			want: "No subnets specified",
		},
		"outside the VPC (ours)": {
			vpc: "10.0.0.0/24", request: layout.Request{Name: "net", Zones: two[:1], Strategy: layout.Legacy,
				Specs: []layout.Spec{mask("Private", 24), mask("Public", 24)}},
			want: "The following subnets lie outside the VPC (10.0.0.0/24). Make the CIDR for the VPC larger, reduce the size of the subnets per AZ, or use less Availability Zones:\n\n1. net-public-1: 10.0.1.0/24\n",
		},
		"host bits (ours)": {
			vpc: "10.0.0.0/16", request: layout.Request{Name: "net", Zones: two[:1], Strategy: layout.Auto,
				Specs: []layout.Spec{blocks("Public", "10.0.0.1/24")}},
			want: "The following subnets do not start at a multiple of their size. Use subnetStrategy Auto, or CIDR blocks without host bits:\n\n1. net-public-1: 10.0.0.1/24\n",
		},
		"mask out of range (ours)": {
			vpc: "10.0.0.0/16", request: layout.Request{Zones: two, Specs: []layout.Spec{mask("Public", 0), mask("Private", 33)}},
			want: "Invalid subnet specifications:\n - The cidrMask in subnetSpecs[0] must be between 1 and 32, not 0.\n - The cidrMask in subnetSpecs[1] must be between 1 and 32, not 33.",
		},
		"mask against blocks": {
			vpc: "10.0.0.0/16", request: layout.Request{Zones: two, Specs: []layout.Spec{
				{Type: "Public", CIDRMask: new(25), CIDRBlocks: []string{"10.0.0.0/24", "10.0.1.0/24"}}}},
			want: "Invalid subnet specifications:\n - The cidrMask in subnetSpecs[0] must match all cidrBlocks or be left undefined.",
		},
		"size against blocks": {
			vpc: "10.0.0.0/16", request: layout.Request{Zones: two, Specs: []layout.Spec{
				{Type: "Public", Size: new(512), CIDRBlocks: []string{"10.0.0.0/24", "10.0.1.0/24"}}}},
			want: "Invalid subnet specifications:\n - The size in subnetSpecs[0] must match all cidrBlocks or be left undefined.",
		},
		"every issue at once": {
			vpc: "10.0.0.0/16", request: layout.Request{Zones: two, Specs: []layout.Spec{
				blocks("Public", "10.0.0.0/24"), {Type: "Private"}}},
			want: "Invalid subnet specifications:\n - The number of CIDR blocks in subnetSpecs[0] must match the number of availability zones (2).\n - If any subnet spec has explicit cidrBlocks, all subnets must have explicit cidrBlocks.",
		},
		"gap at the start": {
			vpc: "10.0.0.0/23", request: layout.Request{Name: "net", Zones: two[:1], Strategy: layout.Exact, Specs: []layout.Spec{blocks("Public", "10.0.1.0/24")}},
			want: "There are gaps in the subnet ranges. Please fix the following gaps: net-public-1 (10.0.1.0/24) does not start at the beginning of the VPC (10.0.0.0/23)",
		},
		"no room for the zones": {
			vpc: "10.0.0.0/32", request: layout.Request{Zones: two, Specs: []layout.Spec{{Type: "Public"}}},
			want: "Requested 1 new bits, but only 0 are available.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := plan(test.request, test.vpc)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestUnusedRangesMayLieOutside(t *testing.T) {
	t.Parallel()
	_, subnets, err := plan(layout.Request{Name: "net", Zones: []string{"a"}, Strategy: layout.Auto, Specs: []layout.Spec{
		{Type: layout.Public, CIDRBlocks: []string{"10.0.0.0/24"}},
		{Type: layout.Unused, CIDRBlocks: []string{"10.1.0.0/24"}},
	}}, "10.0.0.0/24")
	require.NoError(t, err)
	assert.Len(t, subnets, 2)
}

// Without zones there are no subnets; awsx then registers the VPC alone.
func TestNoZones(t *testing.T) {
	t.Parallel()
	_, subnets, err := plan(layout.Request{Name: "net"}, "10.0.0.0/16")
	require.NoError(t, err)
	assert.Empty(t, subnets)
}

// Ranges of Legacy that awsx's own tests hold it to (knownWorkingSubnets.ts),
// odd ones included: a VPC of one zone, specs in the order given, ranges in
// the order private, public, isolated.
func TestLegacyRanges(t *testing.T) {
	t.Parallel()
	type specs []struct {
		kind string
		mask int
	}
	for _, test := range []struct {
		vpc   string
		specs specs
		want  []string
	}{
		{"10.0.0.0/18", specs{{"Isolated", 22}, {"Public", 21}}, []string{"10.0.0.0/21", "10.0.8.0/22"}},
		{"10.0.0.0/16", specs{{"Isolated", 22}, {"Private", 21}, {"Private", 18}}, []string{"10.0.0.0/21", "10.0.64.0/18", "10.0.128.0/22"}},
		{"10.0.0.0/19", specs{{"Private", 25}, {"Private", 21}, {"Isolated", 25}, {"Public", 24}, {"Public", 21}}, []string{"10.0.0.0/25", "10.0.8.0/21", "10.0.16.0/24", "10.0.24.0/21", "10.0.32.0/25"}},
		{"10.0.0.0/18", specs{{"Private", 25}, {"Private", 19}, {"Private", 19}, {"Isolated", 25}}, []string{"10.0.0.0/25", "10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/25"}},
		{"10.0.0.0/17", specs{{"Public", 22}, {"Isolated", 23}, {"Isolated", 21}}, []string{"10.0.0.0/22", "10.0.4.0/23", "10.0.12.0/21"}},
		{"10.0.0.0/17", specs{{"Private", 24}, {"Isolated", 27}, {"Public", 26}, {"Private", 23}}, []string{"10.0.0.0/24", "10.0.2.0/23", "10.0.4.0/26", "10.0.4.64/27"}},
		{"10.0.0.0/17", specs{{"Private", 25}, {"Public", 27}, {"Public", 24}}, []string{"10.0.0.0/25", "10.0.0.128/27", "10.0.1.128/24"}},
		{"10.0.0.0/16", specs{{"Isolated", 27}, {"Public", 27}, {"Isolated", 17}}, []string{"10.0.0.0/27", "10.0.0.32/27", "10.0.128.32/17"}},
		// Worked out by hand: the next subnet would overlap the one before.
		{"10.0.0.0/16", specs{{"Private", 19}, {"Private", 23}}, []string{"10.0.0.0/19", "10.0.32.0/23"}},
		{"10.0.0.0/16", specs{{"Private", 25}, {"Public", 24}}, []string{"10.0.0.0/25", "10.0.1.0/24"}},
		// Default sizes.
		{"10.0.0.0/23", specs{{"Isolated", 0}}, []string{"10.0.0.0/24"}},
		{"10.0.0.0/25", specs{{"Isolated", 0}}, []string{"10.0.0.0/25"}},
		{"10.0.0.0/20", specs{{"Public", 0}, {"Private", 0}, {"Isolated", 0}}, []string{"10.0.0.0/21", "10.0.8.0/21", "10.0.16.0/24"}},
	} {
		request := layout.Request{Name: "net", Zones: []string{"a"}, Strategy: layout.Legacy}
		for _, s := range test.specs {
			spec := layout.Spec{Type: s.kind}
			if s.mask > 0 {
				spec.CIDRMask = &s.mask
			}
			request.Specs = append(request.Specs, spec)
		}
		l, err := layout.New(request)
		require.NoError(t, err)
		subnets, err := l.Allocate(test.vpc)
		require.NoError(t, err)
		var got []string
		for _, s := range subnets {
			got = append(got, s.CIDR.String())
		}
		assert.Equal(t, test.want, got, "%s %v", test.vpc, test.specs)
	}
}
