package layout_test

import (
	"net/netip"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// FuzzPlan feeds arbitrary ranges, masks and sizes: nothing may panic, and what
// is accepted must fit. One byte of shape picks each spec's type and what it
// gives.
func FuzzPlan(f *testing.F) {
	f.Add("10.0.0.0/16", layout.Legacy, 2, 0, "", "", 20)
	f.Add("10.0.0.0/20", layout.Legacy, 2, 0, "ab", "", 22)
	f.Add("10.0.0.0/16", layout.Auto, 3, 19, "abcd", "", 24)
	f.Add("10.0.0.0/16", layout.Exact, 1, 0, "\x10\x11", "10.0.0.0/17 10.0.128.0/17", 0)
	f.Add("255.255.255.0/24", layout.Legacy, 6, 0, "aaaa", "", 24)
	f.Add("0.0.0.0/0", layout.Auto, 1, 1, "zz", "", -3)
	f.Add("::/8", "", 0, 99, "\x00", "x", 1<<30)
	f.Fuzz(func(t *testing.T, vpc, strategy string, zones, zoneMask int, shape, blocks string, number int) {
		if zones < 0 || zones > len(zoneNames) || len(shape) > 8 {
			return
		}
		request := layout.Request{Name: "net", Zones: zoneNames[:zones], Strategy: strategy}
		if zoneMask != 0 {
			request.ZoneMask = &zoneMask
		}
		kinds := []string{layout.Public, layout.Private, layout.Isolated, layout.Unused, "public", "other"}
		for i, b := range []byte(shape) {
			spec := layout.Spec{Type: kinds[int(b)%len(kinds)]}
			switch b / 16 % 4 {
			case 1:
				spec.CIDRBlocks = strings.Fields(blocks)
			case 2:
				spec.CIDRMask = new(number + i)
			case 3:
				spec.Size = new(number)
			}
			request.Specs = append(request.Specs, spec)
		}
		l, subnets, err := plan(request, vpc)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a text")
			}
			return
		}
		for i, s := range subnets {
			if s.Type == layout.Unused {
				continue
			}
			if outer := netip.MustParsePrefix(vpc); !outer.Overlaps(s.CIDR) || outer.Bits() > s.CIDR.Bits() {
				t.Fatalf("%s lies outside %s", s.CIDR, vpc)
			}
			for _, other := range subnets[i+1:] {
				if s.CIDR.Overlaps(other.CIDR) {
					t.Fatalf("%s overlaps %s", s.CIDR, other.CIDR)
				}
			}
		}
		if _, err := l.Warning(l.Resolve(subnets)); err != nil {
			t.Fatal(err)
		}
	})
}
