package vpc

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// plannedSubnet is a subnet and its range, which is an output when IPAM
// chooses the VPC's.
type plannedSubnet struct {
	layout.Slot
	cidr pulumi.StringInput
}

// layoutFunc makes the output subnetLayout, once the subnets are registered.
type layoutFunc func() pulumi.Output

// buildNetwork registers the VPC and plans its subnets: beforehand if the
// VPC's range is known, else from what IPAM chose.
func (b *builder) buildNetwork() ([]plannedSubnet, layoutFunc, error) {
	cidr, known := b.args.cidr()
	if !known {
		return b.buildIPAMNetwork()
	}
	subnets, resolved, err := b.plan(cidr)
	if err != nil {
		return nil, nil, err
	}
	if err := b.registerVPC(pulumi.String(cidr)); err != nil {
		return nil, nil, err
	}
	planned := make([]plannedSubnet, len(subnets))
	for i, s := range subnets {
		planned[i] = plannedSubnet{Slot: s.Slot, cidr: pulumi.String(s.CIDR.String())}
	}
	return planned, func() pulumi.Output { return b.known(layoutOutput(resolved)) }, nil
}

func (b *builder) buildIPAMNetwork() ([]plannedSubnet, layoutFunc, error) {
	if b.layout.NeedsCIDR() {
		return nil, nil, errors.New(`Dynamically allocated cidrBlock ranges are not supported with subnetStrategy="Legacy". "Try using subnetStrategy="Auto"`) //nolint:staticcheck // awsx's text
	}
	slots := b.layout.Slots()
	if err := b.nat.checkSubnets(slots); err != nil {
		return nil, nil, err
	}
	if err := b.registerVPC(nil); err != nil {
		return nil, nil, err
	}
	type plan struct {
		subnets  []layout.Subnet
		resolved []layout.Resolved
	}
	plans := b.vpc.CidrBlock.ApplyT(func(cidr string) (plan, error) {
		subnets, resolved, err := b.plan(cidr)
		return plan{subnets, resolved}, err
	})
	planned := make([]plannedSubnet, len(slots))
	for i, slot := range slots {
		cidr := plans.ApplyT(func(p any) string { return p.(plan).subnets[i].CIDR.String() }).(pulumi.StringOutput)
		planned[i] = plannedSubnet{Slot: slot, cidr: cidr}
	}
	return planned, func() pulumi.Output {
		return b.after(plans.ApplyT(func(p any) []any { return layoutOutput(p.(plan).resolved) }))
	}, nil
}

// plan allocates and checks the ranges, in the order of awsx's checks.
func (b *builder) plan(cidr string) ([]layout.Subnet, []layout.Resolved, error) {
	subnets, err := b.layout.Allocate(cidr)
	if err != nil {
		return nil, nil, err
	}
	resolved := b.layout.Resolve(subnets)
	if err := b.warn(resolved); err != nil {
		return nil, nil, fmt.Errorf("log a warning: %w", err)
	}
	if err := b.layout.CheckRanges(cidr, subnets); err != nil {
		return nil, nil, err
	}
	if err := b.nat.checkSubnets(b.layout.Slots()); err != nil {
		return nil, nil, err
	}
	return subnets, resolved, layout.CheckUsable(cidr, subnets)
}

// registerVPC registers the VPC. It passes on every argument that the VPC has
// in common with the component.
func (b *builder) registerVPC(cidr pulumi.StringPtrInput) error {
	a := b.args
	b.vpc = &network{}
	err := b.ctx.RegisterResource(vpcType, b.name, given(pulumi.Map{
		"assignGeneratedIpv6CidrBlock":     a.AssignGeneratedIpv6CidrBlock,
		"cidrBlock":                        cidr,
		"enableDnsHostnames":               a.EnableDnsHostnames,
		"enableDnsSupport":                 a.EnableDnsSupport,
		"enableNetworkAddressUsageMetrics": a.EnableNetworkAddressUsageMetrics,
		"instanceTenancy":                  a.InstanceTenancy,
		"ipv4IpamPoolId":                   a.Ipv4IpamPoolId,
		"ipv4NetmaskLength":                a.Ipv4NetmaskLength,
		"ipv6CidrBlock":                    a.Ipv6CidrBlock,
		"ipv6CidrBlockNetworkBorderGroup":  a.Ipv6CidrBlockNetworkBorderGroup,
		"ipv6IpamPoolId":                   a.Ipv6IpamPoolId,
		"ipv6NetmaskLength":                a.Ipv6NetmaskLength,
		"tags":                             b.sharedTags(),
	}), b.vpc, pulumi.Parent(b.component), pulumi.Version(awsVersion))
	if err != nil {
		return fmt.Errorf("register %s %q: %w", vpcType, b.name, err)
	}
	return nil
}

// sharedTags are the tags of the VPC and of what belongs to it as a whole.
func (b *builder) sharedTags(more ...pulumi.StringMapInput) pulumi.StringMapInput {
	return mergeTags(append([]pulumi.StringMapInput{tag("Name", b.name), b.args.Tags}, more...)...)
}

func (b *builder) buildInternetGateway() (err error) {
	// Made even if no subnet uses it, as in awsx: it costs nothing.
	b.gateway, err = b.register(internetGatewayType, b.name, pulumi.Map{
		"vpcId": b.vpc.ID(),
		"tags":  b.sharedTags(),
	}, b.vpc)
	return err
}

func (b *builder) buildEndpoints() error {
	for _, spec := range b.args.VpcEndpointSpecs {
		endpoint, err := b.register(vpcEndpointType, spec.ServiceName, given(pulumi.Map{
			"autoAccept":           boolean(spec.AutoAccept),
			"dnsOptions":           spec.DnsOptions,
			"ipAddressType":        spec.IpAddressType,
			"policy":               spec.Policy,
			"privateDnsEnabled":    boolean(spec.PrivateDnsEnabled),
			"routeTableIds":        spec.RouteTableIds,
			"securityGroupIds":     spec.SecurityGroupIds,
			"serviceName":          pulumi.String(spec.ServiceName),
			"serviceRegion":        spec.ServiceRegion,
			"subnetConfigurations": spec.SubnetConfigurations,
			"subnetIds":            spec.SubnetIds,
			"tags":                 b.sharedTags(spec.Tags),
			"vpcEndpointType":      spec.VpcEndpointType,
			"vpcId":                b.vpc.ID(),
		}), b.vpc)
		if err != nil {
			return err
		}
		b.endpoints = append(b.endpoints, endpoint)
	}
	return nil
}
