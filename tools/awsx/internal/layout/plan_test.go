package layout_test

import (
	"math/bits"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// plan runs all steps as the component does.
func plan(request layout.Request, vpc string) (*layout.Layout, []layout.Subnet, error) {
	l, err := layout.New(request)
	if err != nil {
		return nil, nil, err
	}
	subnets, err := l.Allocate(vpc)
	if err != nil {
		return nil, nil, err
	}
	if err := l.CheckRanges(vpc, subnets); err != nil {
		return nil, nil, err
	}
	return l, subnets, layout.CheckUsable(vpc, subnets)
}

var zoneNames = []string{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"}

// drawVPC draws a range that EC2 accepts, /16 to /28, and some wider ones.
func drawVPC(t *rapid.T) netip.Prefix {
	mask := rapid.IntRange(8, 28).Draw(t, "vpcMask")
	third := rapid.Byte().Draw(t, "octet")
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, third, third, 0}), mask).Masked()
}

func drawRequest(t *rapid.T, strategy string) layout.Request {
	request := layout.Request{
		Name: "net", Strategy: strategy,
		Zones: zoneNames[:rapid.IntRange(1, len(zoneNames)).Draw(t, "zones")],
	}
	if rapid.IntRange(0, 4).Draw(t, "ownZoneMask") == 0 {
		request.ZoneMask = new(rapid.IntRange(8, 28).Draw(t, "zoneMask"))
	}
	if rapid.IntRange(0, 5).Draw(t, "defaults") == 0 {
		return request
	}
	kinds := []string{layout.Public, layout.Private, layout.Isolated}
	if strategy != layout.Legacy {
		kinds = append(kinds, layout.Unused) // Legacy drops these.
	}
	for range rapid.IntRange(1, 5).Draw(t, "specs") {
		spec := layout.Spec{Type: rapid.SampledFrom(kinds).Draw(t, "type")}
		mask := rapid.IntRange(16, 28).Draw(t, "mask")
		switch rapid.IntRange(0, 2).Draw(t, "given") {
		case 0:
			spec.CIDRMask = &mask
		case 1:
			spec.Size = new(1 << (32 - mask))
		}
		request.Specs = append(request.Specs, spec)
	}
	return request
}

// checkPlan checks what must hold of every accepted layout.
func checkPlan(t require.TestingT, request layout.Request, vpc netip.Prefix, subnets []layout.Subnet) {
	specs := len(request.Specs)
	if request.Specs == nil {
		specs = 2
	}
	require.Len(t, subnets, specs*len(request.Zones))
	for i, s := range subnets {
		if s.Type != layout.Unused {
			assert.True(t, vpc.Overlaps(s.CIDR) && vpc.Bits() <= s.CIDR.Bits(), "%s lies inside %s", s.CIDR, vpc)
		}
		assert.Equal(t, s.CIDR.Masked(), s.CIDR, "EC2 takes no host bits")
		assert.Contains(t, request.Zones, s.Zone)
		for _, other := range subnets[i+1:] {
			assert.False(t, s.CIDR.Overlaps(other.CIDR), "%s overlaps %s", s.CIDR, other.CIDR)
		}
	}
}

func TestEveryAcceptedLayoutFits(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{layout.Legacy, layout.Auto, layout.Exact} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			accepted := 0
			rapid.Check(t, func(t *rapid.T) {
				vpc, request := drawVPC(t), drawRequest(t, strategy)
				if _, subnets, err := plan(request, vpc.String()); err == nil {
					accepted++
					checkPlan(t, request, vpc, subnets)
				}
			})
			if strategy != layout.Exact { // Hardly any random layout has no gap.
				assert.NotZero(t, accepted, "some layouts are accepted")
			}
		})
	}
}

// A spec's mask and size are kept, and zones are filled in order.
func TestAutoKeepsMasksAndOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		vpc, request := drawVPC(t), drawRequest(t, layout.Auto)
		_, subnets, err := plan(request, vpc.String())
		if err != nil {
			return
		}
		for i, s := range subnets {
			if i > 0 {
				assert.True(t, subnets[i-1].CIDR.Addr().Less(s.CIDR.Addr()), "%s comes before %s", subnets[i-1].CIDR, s.CIDR)
			}
			if s.Spec < 0 {
				continue
			}
			spec := request.Specs[s.Spec]
			if spec.CIDRMask != nil {
				assert.Equal(t, *spec.CIDRMask, s.CIDR.Bits())
			}
			if spec.Size != nil {
				assert.Equal(t, *spec.Size, 1<<(32-s.CIDR.Bits()))
			}
		}
	})
}

// Specs that fill equal zones of their own accord are exact.
func TestExactAcceptsAFullVPC(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		vpc := drawVPC(t)
		zoneBits := rapid.IntRange(0, 2).Draw(t, "zoneBits")
		specBits := rapid.IntRange(0, 2).Draw(t, "specBits")
		request := layout.Request{Name: "net", Strategy: layout.Exact, Zones: zoneNames[:1<<zoneBits]}
		for range 1 << specBits {
			request.Specs = append(request.Specs, layout.Spec{Type: layout.Private})
		}
		_, subnets, err := plan(request, vpc.String())
		if vpc.Bits()+zoneBits+specBits > 28 {
			return // Smaller than EC2 allows.
		}
		require.NoError(t, err)
		checkPlan(t, request, vpc, subnets)

		// One more address range than needed is a gap.
		request.Specs = request.Specs[:len(request.Specs)-1]
		for i := range request.Specs {
			request.Specs[i].CIDRMask = new(vpc.Bits() + zoneBits + specBits)
		}
		_, _, err = plan(request, vpc.String())
		require.Error(t, err)
	})
}

// What the output subnetLayout promises: passed to Auto, it gives the same
// subnets. awsx keeps that where Legacy goes upwards within each zone, which
// it does not for every mix of sizes.
func TestResolvedLegacyLayoutIsItsAutoEquivalent(t *testing.T) {
	t.Parallel()
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		vpc, request := drawVPC(t), drawRequest(t, layout.Legacy)
		l, legacy, err := plan(request, vpc.String())
		if err != nil || request.Specs == nil || !upwards(legacy, vpc, len(request.Zones)) {
			return
		}
		again := layout.Request{Name: "net", Strategy: layout.Auto, Zones: request.Zones}
		for _, r := range l.Resolve(legacy) {
			again.Specs = append(again.Specs, layout.Spec{Type: r.Type, CIDRMask: new(r.CIDRMask)})
		}
		_, auto, err := plan(again, vpc.String())
		require.NoError(t, err)
		var want, got []string
		for _, s := range legacy {
			want = append(want, s.CIDR.String())
		}
		for _, s := range auto {
			if s.Type != layout.Unused {
				got = append(got, s.CIDR.String())
			}
		}
		assert.Equal(t, want, got)
		compared++
	})
	assert.NotZero(t, compared)
}

// upwards reports whether every zone starts at its own range, goes upwards and
// stays within it.
func upwards(subnets []layout.Subnet, vpc netip.Prefix, zones int) bool {
	zoneBits := bits.Len(uint(zones - 1))
	zone := netip.PrefixFrom(vpc.Addr(), vpc.Bits()+zoneBits)
	for _, s := range subnets[:len(subnets)/zones] {
		if !zone.Contains(s.CIDR.Addr()) || s.CIDR.Bits() < zone.Bits() {
			return false
		}
	}
	return slices.IsSortedFunc(subnets, func(a, b layout.Subnet) int { return a.CIDR.Addr().Compare(b.CIDR.Addr()) })
}
