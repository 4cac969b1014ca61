package vpc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// natStrategy says how many NAT gateways there are. It is compared without
// regard to case and printed as given.
type natStrategy string

const (
	natNone     natStrategy = "none"
	natSingle   natStrategy = "single"
	natOnePerAZ natStrategy = "oneperaz"

	defaultNAT natStrategy = "OnePerAz"
)

func (a args) nat() natStrategy {
	if a.NatGateways == nil || a.NatGateways.Strategy == nil {
		return defaultNAT
	}
	return natStrategy(*a.NatGateways.Strategy)
}

func (s natStrategy) is(want natStrategy) bool { return strings.EqualFold(string(s), string(want)) }

// checkAddresses compares the number of Elastic IPs that the program brings
// with the number of gateways. awsx is strict here because such addresses are
// usually on somebody's allow list.
func (s natStrategy) checkAddresses(addresses, zones int) error {
	switch {
	case s.is(natNone):
		if addresses > 0 {
			return fmt.Errorf("Elastic IP allocation IDs cannot be specified when NAT Gateway strategy is '%s'.", s) //nolint:staticcheck // awsx's text
		}
	case s.is(natSingle):
		if addresses > 1 {
			return fmt.Errorf("Exactly one Elastic IP may be specified when NAT Gateway strategy is '%s'.", s) //nolint:staticcheck // awsx's text
		}
	case s.is(natOnePerAZ):
		if addresses > 0 && addresses != zones {
			return fmt.Errorf("The number of Elastic IPs, if specified, must match the number of availability zones for the VPC (%d) when NAT Gateway strategy is '%s'", zones, s) //nolint:staticcheck // awsx's text
		}
	default:
		return fmt.Errorf("Unknown NatGatewayStrategy '%s'", s) //nolint:staticcheck // awsx's text
	}
	return nil
}

// checkSubnets asks for the subnets that a NAT gateway serves and stands in.
func (s natStrategy) checkSubnets(slots []layout.Slot) error {
	if s.is(natNone) {
		return nil
	}
	has := func(kind string) bool {
		return slices.ContainsFunc(slots, func(slot layout.Slot) bool { return layout.Is(slot.Type, kind) })
	}
	if has(layout.Public) && has(layout.Private) {
		return nil
	}
	return errors.New("If NAT Gateway strategy is 'OnePerAz' or 'Single', both private and public subnets must be declared. " + //nolint:staticcheck // awsx's text
		"The private subnet creates the need for a NAT Gateway, and the public subnet is required to host the NAT Gateway resource.")
}

// wants reports whether a public subnet of the zone with this index (from 0)
// gets a gateway when there are already some.
func (s natStrategy) wants(zone, gateways int) bool {
	switch {
	case s.is(natSingle):
		return gateways == 0
	case s.is(natOnePerAZ):
		return gateways <= zone
	}
	return false
}

// gatewayFor is the index of the gateway that a private subnet of the zone
// routes to.
func (s natStrategy) gatewayFor(zone int) int {
	if s.is(natSingle) {
		return 0
	}
	return zone
}
