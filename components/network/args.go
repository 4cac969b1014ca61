package network

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// NAT says how the private subnets reach the internet.
type NAT string

const (
	// NATNone gives the private subnets no way out. The zero value.
	NATNone NAT = "none"
	// NATSingle shares one gateway: cheap, and lost with its zone.
	NATSingle NAT = "single"
	// NATPerZone gives every zone its own gateway.
	NATPerZone NAT = "perZone"
)

// NATs are the values that NAT takes.
var NATs = []NAT{NATNone, NATSingle, NATPerZone}

// Args describe a network.
type Args struct {
	// CIDR is the VPC's address range, /16 to /20 and private. Required; a
	// change replaces the VPC and all that is in it.
	CIDR string
	// Zones are the names of the availability zones, two to four. Required;
	// append only: a zone's position decides its addresses.
	Zones []string
	// NAT is the way out of the private subnets. Default: none.
	NAT NAT
	// FlowLogDays is how long the record of the traffic is kept, in days, one of
	// CloudWatch's values. Default: 30.
	FlowLogDays int
}

// DefaultFlowLogDays is how long flow logs are kept when Args says nothing.
const DefaultFlowLogDays = 30

func (a *Args) flowLogDays() int { return cmp.Or(a.FlowLogDays, DefaultFlowLogDays) }

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("network: args are required")
	}
	var problems []error
	if _, err := ParseCIDR(a.CIDR); err != nil {
		problems = append(problems, fmt.Errorf("network.CIDR: %w", err))
	}
	if len(a.Zones) < MinZones || len(a.Zones) > MaxZones {
		problems = append(problems, fmt.Errorf("network.Zones: %d given, must be %d to %d", len(a.Zones), MinZones, MaxZones))
	}
	for i, zone := range a.Zones {
		if strings.TrimSpace(zone) == "" {
			problems = append(problems, fmt.Errorf("network.Zones[%d]: empty", i))
		}
		if slices.Index(a.Zones, zone) < i {
			problems = append(problems, fmt.Errorf("network.Zones[%d]: %q is given twice", i, zone))
		}
	}
	if a.NAT != "" && !slices.Contains(NATs, a.NAT) {
		problems = append(problems, fmt.Errorf("network.NAT: %q must be one of %v", a.NAT, NATs))
	}
	if a.FlowLogDays < 0 {
		problems = append(problems, fmt.Errorf("network.FlowLogDays: %d must be 1 or more (0 means %d)", a.FlowLogDays, DefaultFlowLogDays))
	}
	return errors.Join(problems...)
}
