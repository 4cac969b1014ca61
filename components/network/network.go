package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Network in Pulumi's state.
const TypeToken = "slipway:network:Network"

// Network is one environment's VPC.
type Network struct {
	pulumi.ResourceState
	Place

	// PrivateRouteTableIDs are the route tables of the private subnets, one per
	// zone. Their default routes are the network's, see WayOut.
	PrivateRouteTableIDs pulumi.StringArray

	name    string
	args    Args
	account *policy.Account
	vpc     *awsxec2.Vpc
	wayOut  []pulumi.Resource
}

// New builds a network. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	n := &Network{name: name, args: *args}
	if err := ctx.RegisterComponentResource(TypeToken, name, n, opts...); err != nil {
		return nil, fmt.Errorf("register network %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		n.lookUpAccount,
		n.createVPC,
		n.createGateways,
		n.emptyDefaultSecurityGroup,
		n.createGatewayEndpoints,
		n.createInterfaceEndpoints,
		n.recordTraffic,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vpcId":                n.VPCID,
		"publicSubnetIds":      n.PublicSubnetIDs,
		"privateSubnetIds":     n.PrivateSubnetIDs,
		"isolatedSubnetIds":    n.IsolatedSubnetIDs,
		"privateRouteTableIds": n.PrivateRouteTableIDs,
	})
}

func (n *Network) child() pulumi.ResourceOption { return pulumi.Parent(n) }

// createVPC hands awsx explicit address ranges. Its own strategies derive a
// subnet's range from the number of zones, so that a further zone replaces them
// all (pulumi-awsx issues 718 and 1152). NAT is not awsx's, see createGateways.
func (n *Network) createVPC(ctx *pulumi.Context) error {
	layout, err := Plan(n.args.CIDR, len(n.args.Zones))
	if err != nil {
		return fmt.Errorf("lay out network %s: %w", n.name, err)
	}
	strategy := awsxec2.SubnetAllocationStrategyAuto
	n.vpc, err = awsxec2.NewVpc(ctx, n.name, &awsxec2.VpcArgs{
		CidrBlock:             &n.args.CIDR,
		AvailabilityZoneNames: n.args.Zones,
		EnableDnsHostnames:    pulumi.Bool(true),
		EnableDnsSupport:      pulumi.Bool(true),
		SubnetStrategy:        &strategy,
		SubnetSpecs: []awsxec2.SubnetSpecArgs{
			{Type: awsxec2.SubnetTypePublic, CidrBlocks: layout.Public},
			{Type: awsxec2.SubnetTypePrivate, CidrBlocks: layout.Private},
			{Type: awsxec2.SubnetTypeIsolated, CidrBlocks: layout.Isolated},
		},
		NatGateways: &awsxec2.NatGatewayConfigurationArgs{Strategy: awsxec2.NatGatewayStrategyNone},
	}, n.child())
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	n.readIDs(layout)
	return nil
}

// emptyDefaultSecurityGroup removes the rules of the group that AWS attaches
// when none is named (AWS FSBP EC2.2).
func (n *Network) emptyDefaultSecurityGroup(ctx *pulumi.Context) error {
	_, err := ec2.NewDefaultSecurityGroup(ctx, n.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: n.VPCID,
	}, n.child())
	if err != nil {
		return fmt.Errorf("empty default security group: %w", err)
	}
	return nil
}
