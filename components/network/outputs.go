package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsx's own outputs of IDs are unknown, all of them, in a preview in which one
// subnet is new: security groups, network interfaces and routes would seem to be
// replaced when a zone is added. So every ID is read from the resource that it
// belongs to.

func (n *Network) readIDs(layout Layout) {
	n.VPCID = n.vpc.Vpc.ApplyT(func(vpc *ec2.Vpc) pulumi.StringOutput {
		return vpc.ID().ToStringOutput()
	}).(pulumi.StringOutput)
	n.PublicSubnetIDs = n.subnetIDs(layout.Public)
	n.PrivateSubnetIDs = n.subnetIDs(layout.Private)
	n.IsolatedSubnetIDs = n.subnetIDs(layout.Isolated)
	for _, subnet := range n.PrivateSubnetIDs {
		n.PrivateRouteTableIDs = append(n.PrivateRouteTableIDs, n.routeTableID(subnet))
	}
}

// subnetIDs finds the subnets with these address ranges.
func (n *Network) subnetIDs(blocks []string) pulumi.StringArray {
	ids := make(pulumi.StringArray, 0, len(blocks))
	for _, block := range blocks {
		ids = append(ids, n.vpc.Subnets.ApplyT(func(subnets []*ec2.Subnet) pulumi.StringOutput {
			return find(subnets, pulumi.String(block), "subnet",
				func(s *ec2.Subnet) pulumi.StringOutput { return s.CidrBlock.Elem() },
				func(s *ec2.Subnet) pulumi.StringOutput { return s.ID().ToStringOutput() })
		}).(pulumi.StringOutput))
	}
	return ids
}

// routeTableID finds the route table of a subnet: the associations tell, the
// order of awsx's route tables promises nothing.
func (n *Network) routeTableID(subnet pulumi.StringInput) pulumi.StringOutput {
	return n.vpc.RouteTableAssociations.ApplyT(func(all []*ec2.RouteTableAssociation) pulumi.StringOutput {
		return find(all, subnet, "route table of subnet",
			func(a *ec2.RouteTableAssociation) pulumi.StringOutput { return a.SubnetId.Elem() },
			func(a *ec2.RouteTableAssociation) pulumi.StringOutput { return a.RouteTableId })
	}).(pulumi.StringOutput)
}

// find gives the value of the resource with this key. It looks at one resource
// after the other, so that in a preview what comes before a new resource is
// found although the new one's key is unknown.
func find[R any](resources []R, wanted pulumi.StringInput, what string, key, value func(R) pulumi.StringOutput) pulumi.StringOutput {
	if len(resources) == 0 {
		return wanted.ToStringOutput().ApplyT(func(wanted string) (string, error) {
			return "", fmt.Errorf("awsx has made no %s %s", what, wanted)
		}).(pulumi.StringOutput)
	}
	return pulumi.All(key(resources[0]), wanted).ApplyT(func(both []any) pulumi.StringOutput {
		if both[0] == both[1] {
			return value(resources[0])
		}
		return find(resources[1:], wanted, what, key, value)
	}).(pulumi.StringOutput)
}
