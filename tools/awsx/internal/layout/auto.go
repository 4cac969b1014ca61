package layout

import (
	"errors"
	"fmt"
	"net/netip"
)

const (
	// smallestDefaultZone is the smallest zone that the default subnets are
	// made in; its public subnet is a /28, the smallest that EC2 accepts.
	smallestDefaultZone = 26
	// largestDefaultZone caps the part of a zone that the default subnets use.
	largestDefaultZone = 16
)

// auto splits the VPC evenly between the zones and fills each zone in the
// order of the specs, leaving gaps where alignment asks for them.
type auto struct {
	request Request
	specs   []Spec
}

func (a auto) slots() []Slot {
	if a.specs != nil {
		return slotsOf(a.request, a.specs)
	}
	slots := slotsOf(a.request, []Spec{{Type: Private}, {Type: Public}})
	for i := range slots {
		slots[i].Spec = -1
	}
	return slots
}

func (a auto) blocks(vpc netip.Prefix) ([]netip.Prefix, error) {
	vpc = vpc.Masked()
	zoneMask := vpc.Bits() + bitsFor(len(a.request.Zones))
	if a.request.ZoneMask != nil {
		zoneMask = *a.request.ZoneMask
	}
	masks, err := a.masks(zoneMask)
	if err != nil {
		return nil, err
	}
	zone, err := block(address(vpc), zoneMask)
	if err != nil {
		return nil, err
	}
	var needed uint64
	for _, mask := range masks {
		if _, err := block(address(vpc), mask); err != nil {
			return nil, err
		}
		needed += size(mask)
	}
	if has := size(zoneMask); needed > has {
		return nil, fmt.Errorf("Subnets are too large for VPC. VPC has %d addresses, but subnets require %d addresses.", has, needed) //nolint:staticcheck // awsx's text
	}

	var blocks []netip.Prefix
	for i := range a.request.Zones {
		if i > 0 {
			if zone, err = next(zone); err != nil {
				return nil, err
			}
		}
		filled, err := fill(zone, masks)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, filled...)
	}
	return blocks, nil
}

// masks are the subnets' masks within one zone.
func (a auto) masks(zoneMask int) ([]int, error) {
	if a.specs == nil {
		if zoneMask > smallestDefaultZone {
			return nil, fmt.Errorf("Automatic subnet creation requires a VPC with at least /26 available per AZ, but only /%d is available."+ //nolint:staticcheck // awsx's text
				"If you do need very small subnets, please specify them explicitly.", zoneMask)
		}
		top := max(zoneMask, largestDefaultZone)
		return []int{top + 1, top + 2}, nil
	}
	if len(a.specs) == 0 {
		return nil, errors.New("No subnets specified") //nolint:staticcheck // awsx's text
	}
	masks := make([]int, len(a.specs))
	for i, spec := range a.specs {
		masks[i] = zoneMask + bitsFor(len(a.specs))
		if spec.CIDRMask != nil {
			masks[i] = *spec.CIDRMask
		}
	}
	return masks, nil
}

// fill puts one block of each mask into the zone, each after the one before.
func fill(zone netip.Prefix, masks []int) ([]netip.Prefix, error) {
	blocks := make([]netip.Prefix, len(masks))
	for i, mask := range masks {
		var err error
		if i == 0 {
			blocks[i], err = block(address(zone), mask)
		} else {
			blocks[i], err = following(blocks[i-1], mask)
		}
		if err != nil {
			return nil, err
		}
	}
	return blocks, nil
}
