package layout

import (
	"fmt"
	"net/netip"
)

// Request describes the subnets of one VPC.
type Request struct {
	// Name is the component's name and the prefix of every subnet's name.
	Name string
	// Zones are the availability zones, in order.
	Zones []string
	// Specs are the subnets of each zone; nil asks for the default ones, a
	// private and a public subnet.
	Specs []Spec
	// Strategy is Legacy, Auto or Exact; empty means Legacy.
	Strategy string
	// ZoneMask is the mask of each zone's range. Auto and Exact only; nil
	// divides the VPC evenly.
	ZoneMask *int
}

// Slot is a subnet before it has a range.
type Slot struct {
	Name string
	Type string
	Zone string
	// Spec is the index of the spec in the request, -1 for a default subnet.
	Spec int
}

// Subnet is a slot with its range. The text of an explicit block is kept as
// the program wrote it.
type Subnet struct {
	Slot
	CIDR netip.Prefix
}

// allocator assigns ranges. Both results have the same order and length.
type allocator interface {
	slots() []Slot
	blocks(vpc netip.Prefix) ([]netip.Prefix, error)
}

// Layout is a checked request.
type Layout struct {
	request   Request
	specs     []Spec // Normalized; nil when not given.
	explicit  bool
	strategy  string
	allocator allocator
}

// New checks the specs against one another and picks the allocator.
func New(request Request) (*Layout, error) {
	l := &Layout{request: request, strategy: request.Strategy}
	if l.strategy == "" {
		l.strategy = Legacy
	}
	if request.Specs != nil {
		var err error
		if l.specs, l.explicit, err = normalize(request.Specs, len(request.Zones)); err != nil {
			return nil, err
		}
		if l.specs == nil {
			l.specs = []Spec{}
		}
	}
	switch {
	case l.strategy == Legacy, l.specs == nil && l.strategy != Auto:
		l.allocator = legacy{request: request, specs: l.specs}
	case l.explicit:
		l.allocator = explicit{request: request, specs: l.specs}
	default:
		l.allocator = auto{request: request, specs: l.specs}
	}
	return l, nil
}

// NeedsCIDR reports whether the VPC's range must be known before the subnets'
// names and ranges can be planned.
func (l *Layout) NeedsCIDR() bool {
	_, isLegacy := l.allocator.(legacy)
	return isLegacy
}

// Slots lists the subnets in the order in which they are allocated.
func (l *Layout) Slots() []Slot { return l.allocator.slots() }

// Allocate gives every slot its range within the VPC. The ranges are not yet
// checked; see [Layout.CheckRanges].
func (l *Layout) Allocate(vpc string) ([]Subnet, error) {
	p, err := parseBlock(vpc)
	if err != nil {
		return nil, fmt.Errorf("cidrBlock: %w", err)
	}
	blocks, err := l.allocator.blocks(p)
	if err != nil {
		return nil, err
	}
	subnets := make([]Subnet, len(blocks))
	for i, slot := range l.allocator.slots() {
		subnets[i] = Subnet{Slot: slot, CIDR: blocks[i]}
	}
	return subnets, nil
}

// slotsOf lists the specs zone by zone.
func slotsOf(request Request, specs []Spec) []Slot {
	var slots []Slot
	for i, zone := range request.Zones {
		for j, spec := range specs {
			slots = append(slots, Slot{Name: slotName(request.Name, spec.label(), i), Type: spec.Type, Zone: zone, Spec: j})
		}
	}
	return slots
}

// slotName names a subnet; zones are counted from one.
func slotName(vpc, label string, zone int) string { return fmt.Sprintf("%s-%s-%d", vpc, label, zone+1) }
