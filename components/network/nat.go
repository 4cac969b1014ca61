package network

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A private subnet's way out has one identity for good, whatever it leads to.
// AWS takes one default route a table, so a route of its own for each kind of NAT
// would be refused while the old one is there (RouteAlreadyExists). One that stays
// is led elsewhere in place, by ReplaceRoute, once what it leads to is there and
// before what it led to goes. awsx's NAT gateways bring routes of their own, which
// a NAT instance can't have; so the gateways are made here.

// createGateways builds the NAT gateways and leads the private subnets through
// them. A public address for good belongs to each.
func (n *Network) createGateways(ctx *pulumi.Context) error {
	var gateways []*ec2.NatGateway
	for i := range n.args.NAT.gateways(len(n.args.Zones)) {
		name := fmt.Sprintf("%s-nat-%d", n.name, i+1)
		tags := pulumi.StringMap{nameTag: pulumi.String(name)}
		address, err := ec2.NewEip(ctx, name, &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: tags}, n.child())
		if err != nil {
			return fmt.Errorf("create address of NAT gateway %d: %w", i+1, err)
		}
		gateway, err := ec2.NewNatGateway(ctx, name, &ec2.NatGatewayArgs{
			AllocationId: address.AllocationId,
			SubnetId:     n.PublicSubnetIDs[i],
			Tags:         tags,
		}, n.child())
		if err != nil {
			return fmt.Errorf("create NAT gateway %d: %w", i+1, err)
		}
		gateways = append(gateways, gateway)
	}
	if len(gateways) == 0 {
		return nil
	}
	return n.leadOut(ctx, func(zone int, route *ec2.RouteArgs) {
		route.NatGatewayId = gateways[min(zone, len(gateways)-1)].ID()
	})
}

// gateways is how many NAT gateways so many zones have.
func (n NAT) gateways(zones int) int {
	switch n {
	case NATSingle:
		return 1
	case NATPerZone:
		return zones
	default:
		return 0
	}
}

// RouteThrough leads the private subnets through a network interface that passes
// on what is addressed to others, such as an adminhost's, once the resources in
// after are there. It goes with NATInstance.
func (n *Network) RouteThrough(ctx *pulumi.Context, interfaceID pulumi.StringInput, after ...pulumi.Resource) error {
	if n.args.NAT != NATInstance {
		return errors.New("network.NAT: only instance leaves the way out to a host")
	}
	return n.leadOut(ctx, func(_ int, route *ec2.RouteArgs) { route.NetworkInterfaceId = interfaceID }, pulumi.DependsOn(after))
}

// WayOut is what must exist before anything in the private subnets reaches the
// internet: their default routes, empty with NATNone and until RouteThrough.
func (n *Network) WayOut() []pulumi.Resource { return n.wayOut }

// leadOut creates the default route of each private subnet's route table; lead
// says where that of a zone, counted from 0, leads to.
func (n *Network) leadOut(ctx *pulumi.Context, lead func(zone int, route *ec2.RouteArgs), opts ...pulumi.ResourceOption) error {
	for zone, table := range n.PrivateRouteTableIDs {
		args := &ec2.RouteArgs{RouteTableId: table, DestinationCidrBlock: pulumi.String("0.0.0.0/0")}
		lead(zone, args)
		route, err := ec2.NewRoute(ctx, fmt.Sprintf("%s-out-%d", n.name, zone+1), args, append(opts, n.child())...)
		if err != nil {
			return fmt.Errorf("lead private subnet %d out: %w", zone+1, err)
		}
		n.wayOut = append(n.wayOut, route)
	}
	return nil
}
