package vpc

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsVersion is the version of the aws plugin that awsx 2.22.0 asks for.
const awsVersion = "6.66.3"

// The children's types. They are registered by token: the generated types of
// the aws SDK would add minutes to the build and nothing to the registration.
const (
	vpcType              = "aws:ec2/vpc:Vpc"
	internetGatewayType  = "aws:ec2/internetGateway:InternetGateway"
	vpcEndpointType      = "aws:ec2/vpcEndpoint:VpcEndpoint"
	subnetType           = "aws:ec2/subnet:Subnet"
	routeTableType       = "aws:ec2/routeTable:RouteTable"
	routeAssociationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	routeType            = "aws:ec2/route:Route"
	eipType              = "aws:ec2/eip:Eip"
	natGatewayType       = "aws:ec2/natGateway:NatGateway"
)

// child is a child of which only the ID is needed.
type child struct {
	pulumi.CustomResourceState
}

// network is the VPC itself. Its range is an output when IPAM chooses it.
type network struct {
	pulumi.CustomResourceState
	CidrBlock pulumi.StringOutput `pulumi:"cidrBlock"`
}

// elasticIP is the address of a NAT gateway.
type elasticIP struct {
	pulumi.CustomResourceState
	AllocationId pulumi.StringOutput `pulumi:"allocationId"`
}

// register registers a child below, and after, its parent.
func (b *builder) register(token, name string, props pulumi.Map, parent pulumi.Resource) (*child, error) {
	r := &child{}
	return r, b.registerAs(r, token, name, props, parent)
}

func (b *builder) registerAs(r pulumi.CustomResource, token, name string, props pulumi.Map, parent pulumi.Resource) error {
	err := b.ctx.RegisterResource(token, name, props, r,
		pulumi.Parent(parent), pulumi.DependsOn([]pulumi.Resource{parent}), pulumi.Version(awsVersion))
	if err != nil {
		return fmt.Errorf("register %s %q: %w", token, name, err)
	}
	return nil
}

// given drops the properties that the program left out.
func given(props pulumi.Map) pulumi.Map {
	for key, value := range props {
		if value == nil {
			delete(props, key)
		}
	}
	return props
}

// boolean turns a plain, optional argument into an input.
func boolean(b *bool) pulumi.Input {
	if b == nil {
		return nil
	}
	return pulumi.Bool(*b)
}
