package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
)

// NAT says how the private subnets reach the internet.
type NAT string

const (
	// NATNone gives the private subnets no way out. The zero value.
	NATNone NAT = "none"
	// NATInstance leaves the way out to a host, such as an adminhost, whose network
	// interface RouteThrough is told.
	NATInstance NAT = "instance"
	// NATSingle shares one gateway: cheap, and lost with its zone.
	NATSingle NAT = "single"
	// NATPerZone gives every zone its own gateway.
	NATPerZone NAT = "perZone"
)

// NATs are the values that NAT takes.
var NATs = []NAT{NATNone, NATInstance, NATSingle, NATPerZone}

// Args describe a network.
type Args struct {
	// CIDR is the VPC's address range, /16 to /20 and private. Required; a
	// change replaces the VPC and all that is in it.
	CIDR string
	// Zones are the names of the availability zones, two to four. Required;
	// append only: a zone's position decides its addresses.
	Zones []string
	// NAT is the way out of the private subnets; from each to each, the routes
	// change in place. Default: none.
	NAT NAT
	// InterfaceEndpoints are the AWS services that are reached without leaving
	// the VPC, by their short names ("ecr.api", "ecr.dkr", "logs",
	// "secretsmanager", "ssm", "ssmmessages"): one endpoint in every zone each,
	// which AWS charges by the hour. S3 and DynamoDB are always reached so, free
	// of charge. Default: none.
	InterfaceEndpoints []string
	// FlowLogDays is how long the record of the traffic is kept, in days, one of
	// CloudWatch's values. Default: 30.
	FlowLogDays int
	// KeyARN is the KMS key that encrypts the record of the traffic; its policy
	// must admit CloudWatch Logs. Default: CloudWatch's own encryption.
	KeyARN pulumi.StringInput
}

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
	for i, service := range a.InterfaceEndpoints {
		err := ValidInterfaceEndpoint(service)
		if err == nil && slices.Index(a.InterfaceEndpoints, service) < i {
			err = fmt.Errorf("%q is given twice", service)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("network.InterfaceEndpoints[%d]: %w", i, err))
		}
	}
	if err := logs.ValidRetention(a.FlowLogDays); err != nil {
		problems = append(problems, fmt.Errorf("network.FlowLogDays: %w", err))
	}
	return errors.Join(problems...)
}
