package layout

import (
	"errors"
	"net/netip"
)

// kinds are the types of subnet that legacy makes, in the order in which they
// are placed in a zone. Subnets of other types (Unused too) are left out.
var kinds = []struct {
	name string
	// smallestDefault bounds the mask of a spec that gives none.
	smallestDefault int
}{{Private, 19}, {Public, 20}, {Isolated, 24}}

// legacy splits the VPC evenly between the zones and places private, public
// and isolated subnets in this order.
type legacy struct {
	request Request
	specs   []Spec
}

// grouped is a spec with its index in the request.
type grouped struct {
	Spec
	index int
}

func (l legacy) group(kind string) []grouped {
	var group []grouped
	for i, spec := range l.specs {
		if Is(spec.Type, kind) {
			group = append(group, grouped{spec, i})
		}
	}
	return group
}

func (l legacy) slots() []Slot {
	var slots []Slot
	if l.specs == nil {
		// The default subnets are listed by type, not by zone.
		for _, spec := range []Spec{{Type: Private}, {Type: Public}} {
			for i, zone := range l.request.Zones {
				slots = append(slots, Slot{Name: slotName(l.request.Name, spec.label(), i), Type: spec.Type, Zone: zone, Spec: -1})
			}
		}
		return slots
	}
	for i, zone := range l.request.Zones {
		for _, kind := range kinds {
			for _, spec := range l.group(kind.name) {
				spec.Type = kind.name
				slots = append(slots, Slot{Name: slotName(l.request.Name, spec.label(), i), Type: kind.name, Zone: zone, Spec: spec.index})
			}
		}
	}
	return slots
}

func (l legacy) blocks(vpc netip.Prefix) ([]netip.Prefix, error) {
	zones := make([]netip.Prefix, len(l.request.Zones))
	for i := range zones {
		var err error
		if zones[i], err = subnet(vpc, bitsFor(len(zones)), i); err != nil {
			return nil, err
		}
	}
	if l.specs == nil {
		return defaultBlocks(zones)
	}
	if len(zones) == 0 {
		return nil, errors.New("subnetSpecs need at least one availability zone; list some in availabilityZoneNames")
	}
	var blocks []netip.Prefix
	for _, zone := range zones {
		filled, err := l.fill(zone)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, filled...)
	}
	return blocks, nil
}

// defaultBlocks gives the first half of each zone to the private and the third
// quarter to the public subnet.
func defaultBlocks(zones []netip.Prefix) ([]netip.Prefix, error) {
	var private, public []netip.Prefix
	for _, zone := range zones {
		half, err := subnet(zone, 1, 0)
		if err != nil {
			return nil, err
		}
		rest, err := subnet(half, 0, 1)
		if err != nil {
			return nil, err
		}
		quarter, err := subnet(rest, 1, 0)
		if err != nil {
			return nil, err
		}
		private, public = append(private, half), append(public, quarter)
	}
	return append(private, public...), nil
}

// fill places the subnets of one zone.
func (l legacy) fill(zone netip.Prefix) ([]netip.Prefix, error) {
	split := 1
	if len(l.specs) == 1 {
		split = 0 // A single subnet may use the whole zone.
	}
	var placed []netip.Prefix
	previous := beforeFirst(zone)
	for _, kind := range kinds {
		group := l.group(kind.name)
		if len(group) == 0 {
			continue
		}
		// The subnets of a kind are counted from the block after the last
		// subnet of the kinds before, or from the start of the zone.
		anchor, start := zone, zone
		if len(placed) > 0 {
			anchor = placed[len(placed)-1]
			var err error
			if start, err = subnet(anchor, 0, 1); err != nil {
				return nil, err
			}
		}
		for n, spec := range group {
			mask := max(zone.Bits()+split, kind.smallestDefault)
			if spec.CIDRMask != nil {
				mask = *spec.CIDRMask
			}
			candidate, err := subnet(start, mask-anchor.Bits(), n)
			if err == nil && previous.IsValid() && candidate.Overlaps(previous) {
				candidate, err = following(previous, mask)
			}
			if err != nil {
				return nil, err
			}
			placed = append(placed, candidate)
			previous = candidate
		}
	}
	return placed, nil
}

// beforeFirst is the address before the zone; a subnet that overlaps it would
// start before the zone. It is not valid for a zone at 0.0.0.0.
func beforeFirst(zone netip.Prefix) netip.Prefix {
	start := address(zone.Masked())
	if start == 0 {
		return netip.Prefix{}
	}
	p, err := rawBlock(start-1, addressBits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
