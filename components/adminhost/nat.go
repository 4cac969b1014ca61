package adminhost

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createInterface makes what a NAT keeps when its host is replaced: the network
// interface, which passes on what is addressed to others, and its public address.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html
func (h *Host) createInterface(ctx *pulumi.Context) (err error) {
	h.PublicIP = pulumi.String("").ToStringOutput()
	if h.args.NAT == nil {
		return nil
	}
	name := pulumi.StringMap{"Name": pulumi.String(h.name)}
	h.nic, err = ec2.NewNetworkInterface(ctx, h.name, &ec2.NetworkInterfaceArgs{
		SubnetId:        h.args.NAT.SubnetID,
		SecurityGroups:  pulumi.StringArray{h.SecurityGroupID},
		SourceDestCheck: pulumi.Bool(false),
		Description:     pulumi.Sprintf("NAT: stays when %s is replaced", h.name),
		Tags:            name,
	}, h.child())
	if err != nil {
		return fmt.Errorf("create network interface: %w", err)
	}
	address, err := ec2.NewEip(ctx, h.name, &ec2.EipArgs{
		Domain:           pulumi.String("vpc"),
		NetworkInterface: h.nic.ID(),
		Tags:             name,
	}, h.child())
	if err != nil {
		return fmt.Errorf("create public address: %w", err)
	}
	h.PublicIP = address.PublicIp
	h.before = append(h.before, address)
	return nil
}

// routeThrough sends what private subnets have for the internet to the network
// interface, whichever host it is attached to.
func (h *Host) routeThrough(ctx *pulumi.Context) error {
	if h.args.NAT == nil {
		return nil
	}
	for i, table := range h.args.NAT.RouteTableIDs {
		route, err := ec2.NewRoute(ctx, fmt.Sprintf("%s-nat-%d", h.name, i+1), &ec2.RouteArgs{
			RouteTableId:         table,
			DestinationCidrBlock: pulumi.String(anywhere),
			NetworkInterfaceId:   h.nic.ID(),
		}, h.child())
		if err != nil {
			return fmt.Errorf("route private subnet %d through the host: %w", i+1, err)
		}
		h.wayOut = append(h.wayOut, route)
	}
	return nil
}
