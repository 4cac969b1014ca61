package layout

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// CheckRanges rejects subnets that overlap and, for the strategy Exact, ranges
// of the VPC that no spec accounts for.
func (l *Layout) CheckRanges(vpc string, subnets []Subnet) error {
	if err := checkOverlap(subnets); err != nil {
		return err
	}
	if l.strategy != Exact {
		return nil
	}
	return checkGaps(vpc, subnets)
}

// CheckUsable rejects ranges that EC2 or its provider would refuse once the VPC
// exists: those outside the VPC, and those with host bits set, which Legacy can
// produce when subnets of one type differ in size.
func CheckUsable(vpc string, subnets []Subnet) error {
	outer, err := parseBlock(vpc)
	if err != nil {
		return fmt.Errorf("cidrBlock: %w", err)
	}
	var outside, unaligned []Subnet
	for _, s := range subnets {
		switch {
		case s.Type == Unused:
		case !contains(outer, s.CIDR):
			outside = append(outside, s)
		case s.CIDR != s.CIDR.Masked():
			unaligned = append(unaligned, s)
		}
	}
	//nolint:staticcheck // In the manner of awsx's texts.
	switch {
	case len(outside) > 0:
		return errors.New("The following subnets lie outside the VPC (" + vpc + "). " + advice + list(outside))
	case len(unaligned) > 0:
		return errors.New("The following subnets do not start at a multiple of their size. Use subnetStrategy Auto, or CIDR blocks without host bits:\n\n" + list(unaligned))
	}
	return nil
}

const advice = "Make the CIDR for the VPC larger, reduce the size of the subnets per AZ, or use less Availability Zones:\n\n"

func checkOverlap(subnets []Subnet) error {
	var overlapping []Subnet
	for i, s := range subnets {
		for j, other := range subnets {
			if i != j && s.CIDR.Overlaps(other.CIDR) {
				overlapping = append(overlapping, s)
				break
			}
		}
	}
	if len(overlapping) == 0 {
		return nil
	}
	return errors.New("The following subnets overlap with at least one other subnet. " + advice + list(overlapping)) //nolint:staticcheck // awsx's text
}

func list(subnets []Subnet) string {
	var b strings.Builder
	for i, s := range subnets {
		fmt.Fprintf(&b, "%d. %s: %s\n", i+1, s.Name, s.CIDR)
	}
	return b.String()
}

func checkGaps(vpc string, subnets []Subnet) error {
	outer, err := parseBlock(vpc)
	if err != nil {
		return fmt.Errorf("cidrBlock: %w", err)
	}
	if len(subnets) == 0 {
		return errors.New("subnetStrategy Exact needs at least one subnet; add specs to subnetSpecs or use another strategy")
	}
	var gaps []string
	first := subnets[0]
	if first.CIDR.Masked().Addr() != outer.Masked().Addr() {
		gaps = append(gaps, fmt.Sprintf("%s (%s) does not start at the beginning of the VPC (%s)", first.Name, first.CIDR, vpc))
	}
	previous := first
	for _, s := range subnets[1:] {
		if address(s.CIDR.Masked()) != end(previous.CIDR) {
			gaps = append(gaps, fmt.Sprintf("%s (%s) <=> %s (%s)", previous.Name, previous.CIDR, s.Name, s.CIDR))
		}
		previous = s
	}
	if last := lastHost(previous.CIDR); last != lastHost(outer) {
		// The stray brace is awsx's.
		gaps = append(gaps, fmt.Sprintf("%s (ending %s) ends before VPC ends (at %s})", previous.Name, last, lastHost(outer)))
	}
	if len(gaps) == 0 {
		return nil
	}
	return errors.New("There are gaps in the subnet ranges. Please fix the following gaps: " + strings.Join(gaps, ", ")) //nolint:staticcheck // awsx's text
}

// gapsBetween lists the largest blocks that fill the range between two blocks.
func gapsBetween(a, b netip.Prefix) []netip.Prefix {
	first, last := a.Masked(), b.Masked()
	if address(first) >= address(last) {
		first, last = last, first
	}
	var gaps []netip.Prefix
	previous := a
	gap, err := next(first)
	for err == nil && address(gap) < address(last) {
		for gap.Bits() > 0 {
			wider, widerErr := block(address(gap), gap.Bits()-1)
			if widerErr != nil || wider.Overlaps(previous) || wider.Contains(last.Addr()) {
				break
			}
			gap = wider
		}
		gaps = append(gaps, gap)
		previous = gap
		gap, err = next(gap)
	}
	return gaps
}
