package layout

import "net/netip"

// explicit uses the blocks that the program gives, whatever the VPC's range.
type explicit struct {
	request Request
	specs   []Spec
}

func (e explicit) slots() []Slot { return slotsOf(e.request, e.specs) }

func (e explicit) blocks(netip.Prefix) ([]netip.Prefix, error) {
	var blocks []netip.Prefix
	for i := range e.request.Zones {
		for _, spec := range e.specs {
			p, err := parseBlock(spec.CIDRBlocks[i])
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, p)
		}
	}
	return blocks, nil
}
