package vpc

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// args are the component's inputs. Plain fields are those that awsx's schema
// marks as plain: they can be neither unknown nor secret.
type args struct {
	AssignGeneratedIpv6CidrBlock     pulumi.BoolPtrInput   `pulumi:"assignGeneratedIpv6CidrBlock"`
	AvailabilityZoneCidrMask         *int                  `pulumi:"availabilityZoneCidrMask"`
	AvailabilityZoneNames            []string              `pulumi:"availabilityZoneNames"`
	CidrBlock                        *string               `pulumi:"cidrBlock"`
	EnableDnsHostnames               pulumi.BoolPtrInput   `pulumi:"enableDnsHostnames"`
	EnableDnsSupport                 pulumi.BoolPtrInput   `pulumi:"enableDnsSupport"`
	EnableNetworkAddressUsageMetrics pulumi.BoolPtrInput   `pulumi:"enableNetworkAddressUsageMetrics"`
	InstanceTenancy                  pulumi.StringPtrInput `pulumi:"instanceTenancy"`
	Ipv4IpamPoolId                   pulumi.StringPtrInput `pulumi:"ipv4IpamPoolId"`
	Ipv4NetmaskLength                pulumi.IntPtrInput    `pulumi:"ipv4NetmaskLength"`
	Ipv6CidrBlock                    pulumi.StringPtrInput `pulumi:"ipv6CidrBlock"`
	Ipv6CidrBlockNetworkBorderGroup  pulumi.StringPtrInput `pulumi:"ipv6CidrBlockNetworkBorderGroup"`
	Ipv6IpamPoolId                   pulumi.StringPtrInput `pulumi:"ipv6IpamPoolId"`
	Ipv6NetmaskLength                pulumi.IntPtrInput    `pulumi:"ipv6NetmaskLength"`
	NatGateways                      *natArgs              `pulumi:"natGateways"`
	NumberOfAvailabilityZones        *int                  `pulumi:"numberOfAvailabilityZones"`
	SubnetSpecs                      []specArgs            `pulumi:"subnetSpecs"`
	SubnetStrategy                   *string               `pulumi:"subnetStrategy"`
	Tags                             pulumi.StringMapInput `pulumi:"tags"`
	VpcEndpointSpecs                 []endpointArgs        `pulumi:"vpcEndpointSpecs"`
}

type natArgs struct {
	ElasticIpAllocationIds []pulumi.StringInput `pulumi:"elasticIpAllocationIds"`
	Strategy               *string              `pulumi:"strategy"`
}

type specArgs struct {
	CidrBlocks []string              `pulumi:"cidrBlocks"`
	CidrMask   *int                  `pulumi:"cidrMask"`
	Name       *string               `pulumi:"name"`
	Size       *int                  `pulumi:"size"`
	Tags       pulumi.StringMapInput `pulumi:"tags"`
	Type       string                `pulumi:"type"`
}

type endpointArgs struct {
	AutoAccept           *bool                   `pulumi:"autoAccept"`
	DnsOptions           pulumi.MapInput         `pulumi:"dnsOptions"`
	IpAddressType        pulumi.StringPtrInput   `pulumi:"ipAddressType"`
	Policy               pulumi.StringPtrInput   `pulumi:"policy"`
	PrivateDnsEnabled    *bool                   `pulumi:"privateDnsEnabled"`
	RouteTableIds        pulumi.StringArrayInput `pulumi:"routeTableIds"`
	SecurityGroupIds     pulumi.StringArrayInput `pulumi:"securityGroupIds"`
	ServiceName          string                  `pulumi:"serviceName"`
	ServiceRegion        pulumi.StringPtrInput   `pulumi:"serviceRegion"`
	SubnetConfigurations pulumi.ArrayInput       `pulumi:"subnetConfigurations"`
	SubnetIds            pulumi.StringArrayInput `pulumi:"subnetIds"`
	Tags                 pulumi.StringMapInput   `pulumi:"tags"`
	VpcEndpointType      pulumi.StringPtrInput   `pulumi:"vpcEndpointType"`
}

const defaultCIDR = "10.0.0.0/16"

// checkIPAM rejects contradictory ways of choosing the VPC's range.
func (a args) checkIPAM() error {
	if a.Ipv4IpamPoolId == nil {
		return nil
	}
	switch {
	case a.CidrBlock != nil && a.Ipv4NetmaskLength != nil:
		return errors.New("Only one of 'cidrBlock', 'ipv4NetmaskLength' is allowed.") //nolint:staticcheck // awsx's text
	case a.CidrBlock == nil && a.Ipv4NetmaskLength == nil:
		return errors.New("If 'ipv4IpamPoolId' is specified, 'ipv4NetmaskLength' or 'cidrBlock' must also be specified.") //nolint:staticcheck // awsx's text
	}
	return nil
}

// cidr is the VPC's range, or false when IPAM chooses it.
func (a args) cidr() (string, bool) {
	switch {
	case a.CidrBlock != nil:
		return *a.CidrBlock, true
	case a.Ipv4IpamPoolId != nil:
		return "", false
	}
	return defaultCIDR, true
}

// layoutRequest is what the layout depends on.
func (a args) layoutRequest(name string, zones []string) layout.Request {
	request := layout.Request{Name: name, Zones: zones, ZoneMask: a.AvailabilityZoneCidrMask}
	if a.SubnetStrategy != nil {
		request.Strategy = *a.SubnetStrategy
	}
	if a.SubnetSpecs != nil {
		request.Specs = []layout.Spec{}
	}
	for _, s := range a.SubnetSpecs {
		request.Specs = append(request.Specs, layout.Spec{
			Type: s.Type, Name: s.Name, CIDRMask: s.CidrMask, Size: s.Size, CIDRBlocks: s.CidrBlocks,
		})
	}
	return request
}
