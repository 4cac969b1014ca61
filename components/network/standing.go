package network

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Standing is what of a network that New has built before can't change: AWS moves
// neither a database nor a load balancer to another VPC, nor a subnet to another
// zone, and two subnets can't have one range while one takes the other's place.
type Standing struct {
	// VPCID is the ID of the VPC, empty when there is no such network.
	VPCID string
	// CIDR is the VPC's address range, empty when there is no such network.
	CIDR string
	// Zones are the availability zones of the subnets that there are, in the order
	// of Args.Zones.
	Zones []string
}

// LookUp asks EC2 for the network of this name whose VPC has these tags besides,
// and looks at most at so many of its zones.
func LookUp(ctx *pulumi.Context, name string, tags map[string]string, zones int, opts ...pulumi.InvokeOption) (*Standing, error) {
	all := map[string]string{nameTag: name}
	maps.Copy(all, tags)
	found, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{Tags: all}, opts...)
	if err != nil {
		return nil, fmt.Errorf("look for the VPC %s: %w", name, err)
	}
	standing := &Standing{}
	if len(found.Ids) == 0 {
		return standing, nil
	}
	if len(found.Ids) > 1 {
		return nil, fmt.Errorf("there are %d VPCs named %s of this environment (%v): delete those that no stack holds", len(found.Ids), name, found.Ids)
	}
	vpc, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Id: &found.Ids[0]}, opts...)
	if err != nil {
		return nil, fmt.Errorf("look at the VPC %s: %w", name, err)
	}
	standing.VPCID, standing.CIDR = vpc.Id, vpc.CidrBlock
	for number := 1; number <= zones; number++ {
		subnets, err := subnetsNamed(ctx, vpc.Id, fmt.Sprintf("%s-private-%d", name, number), opts...)
		if err != nil || len(subnets) != 1 {
			return standing, err
		}
		subnet, err := ec2.LookupSubnet(ctx, &ec2.LookupSubnetArgs{Id: &subnets[0]}, opts...)
		if err != nil {
			return nil, fmt.Errorf("look at subnet %s: %w", subnets[0], err)
		}
		standing.Zones = append(standing.Zones, subnet.AvailabilityZone)
	}
	return standing, nil
}

// VPCsOf are the IDs of the VPCs that what has these tags is in: security groups
// are made first, and can't move.
func VPCsOf(ctx *pulumi.Context, tags map[string]string, opts ...pulumi.InvokeOption) ([]string, error) {
	found, err := ec2.GetSecurityGroups(ctx, &ec2.GetSecurityGroupsArgs{Tags: tags}, opts...)
	if err != nil {
		return nil, fmt.Errorf("look for security groups of %v: %w", tags, err)
	}
	return found.VpcIds, nil
}

// subnetsNamed are the IDs of a VPC's subnets of one name.
func subnetsNamed(ctx *pulumi.Context, vpc, name string, opts ...pulumi.InvokeOption) ([]string, error) {
	found, err := ec2.GetSubnets(ctx, &ec2.GetSubnetsArgs{
		Filters: []ec2.GetSubnetsFilter{{Name: "vpc-id", Values: []string{vpc}}},
		Tags:    map[string]string{nameTag: name},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("find the subnet %s: %w", name, err)
	}
	return found.Ids, nil
}
