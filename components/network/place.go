package network

import (
	"errors"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Place is where the resources of an environment go: a VPC and its subnets.
type Place struct {
	// VPCID is the ID of the VPC.
	VPCID pulumi.StringOutput
	// PublicSubnetIDs route to the internet gateway, one per zone, in the order
	// of Args.Zones.
	PublicSubnetIDs pulumi.StringArray
	// PrivateSubnetIDs route to the NAT, if there is one, one per zone.
	PrivateSubnetIDs pulumi.StringArray
	// IsolatedSubnetIDs route inside the VPC only, one per zone.
	IsolatedSubnetIDs pulumi.StringArray
}

// SharedArgs say whose network is shared.
type SharedArgs struct {
	// Name is the name that New was given for the network. Required.
	Name string
	// Tags are what its VPC is tagged with besides. Default: nothing is asked for.
	Tags map[string]string
	// Zones is in how many of the network's zones to be, at least two. Required.
	Zones int
}

// Validate reports every problem at once, each with the field's path.
func (a *SharedArgs) Validate() error {
	if a == nil {
		return errors.New("network: args of a shared network are required")
	}
	var problems []error
	if a.Name == "" {
		problems = append(problems, errors.New("network.Name: empty"))
	}
	if a.Zones < MinZones || a.Zones > MaxZones {
		problems = append(problems, fmt.Errorf("network.Zones: %d must be %d to %d", a.Zones, MinZones, MaxZones))
	}
	return errors.Join(problems...)
}

// Shared finds the network of another stack, which that stack keeps: nothing of it
// is created, changed or deleted. It asks EC2 by tags, so that whoever shares needs
// no access to the other's state, which has secrets. Preview and update fail when
// there is no such network, or one of fewer zones.
func Shared(ctx *pulumi.Context, args *SharedArgs, opts ...pulumi.InvokeOption) (*Place, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	tags := map[string]string{nameTag: args.Name}
	maps.Copy(tags, args.Tags)
	vpc, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Tags: tags}, opts...)
	if err != nil {
		return nil, fmt.Errorf("find the VPC %s, which is shared: deploy the stack that keeps it first: %w", args.Name, err)
	}
	p := &Place{VPCID: pulumi.String(vpc.Id).ToStringOutput()}
	for _, tier := range []struct {
		kind string
		ids  *pulumi.StringArray
	}{
		{"public", &p.PublicSubnetIDs}, {"private", &p.PrivateSubnetIDs}, {"isolated", &p.IsolatedSubnetIDs},
	} {
		for zone := range args.Zones {
			id, err := args.subnet(ctx, vpc.Id, tier.kind, zone, opts...)
			if err != nil {
				return nil, err
			}
			*tier.ids = append(*tier.ids, pulumi.String(id))
		}
	}
	return p, nil
}

// nameTag is the tag with the name that awsx gives: the VPC's is that of the
// network, its subnets' NAME-KIND-NUMBER.
const nameTag = "Name"

// subnet is the ID of the subnet of a kind in one of the zones, counted from 0.
func (a *SharedArgs) subnet(ctx *pulumi.Context, vpc, kind string, zone int, opts ...pulumi.InvokeOption) (string, error) {
	name := fmt.Sprintf("%s-%s-%d", a.Name, kind, zone+1)
	ids, err := subnetsNamed(ctx, vpc, name, opts...)
	if err != nil {
		return "", fmt.Errorf("share network %s: %w", a.Name, err)
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("network.Zones: %d are asked for, and VPC %s has %d subnets named %s: ask for as many zones as the network has", a.Zones, a.Name, len(ids), name)
	}
	return ids[0], nil
}
