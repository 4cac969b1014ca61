package network

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// gatewayServices are the services that have free gateway endpoints.
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
var gatewayServices = []string{"s3", "dynamodb"}

var servicePattern = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

// ValidInterfaceEndpoint says why a name is not that of a service with an interface
// endpoint.
func ValidInterfaceEndpoint(name string) error {
	switch {
	case slices.Contains(gatewayServices, name):
		return fmt.Errorf("%q has a free gateway endpoint in every network: leave it out", name)
	case strings.HasPrefix(name, "com.amazonaws.") || !servicePattern.MatchString(name):
		return fmt.Errorf("%q is not a service's short name such as ecr.api", name)
	}
	return nil
}

func (n *Network) lookUpAccount(ctx *pulumi.Context) (err error) {
	n.account, err = policy.LookupAccount(ctx, pulumi.Parent(n))
	return err
}

// createGatewayEndpoints keeps traffic to S3 and DynamoDB inside AWS. They cost
// nothing, while a NAT gateway charges for every byte: image layers come from S3.
func (n *Network) createGatewayEndpoints(ctx *pulumi.Context) error {
	tables := n.vpc.RouteTables.ApplyT(func(tables []*ec2.RouteTable) pulumi.StringArrayOutput {
		ids := make(pulumi.StringArray, 0, len(tables))
		for _, table := range tables {
			ids = append(ids, table.ID().ToStringOutput())
		}
		return ids.ToStringArrayOutput()
	}).(pulumi.StringArrayOutput)
	for _, service := range gatewayServices {
		err := n.createEndpoint(ctx, service, &ec2.VpcEndpointArgs{
			VpcEndpointType: pulumi.String("Gateway"),
			RouteTableIds:   tables,
			Policy:          n.gatewayPolicy(service),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// createInterfaceEndpoints puts the services that are asked for into the private
// subnets, under the names that they have on the internet.
func (n *Network) createInterfaceEndpoints(ctx *pulumi.Context) error {
	if len(n.args.InterfaceEndpoints) == 0 {
		return nil
	}
	name := n.name + "-endpoints"
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       n.VPCID,
		Description: pulumi.String("Interface endpoints: admits HTTPS from the VPC"),
	}, n.child())
	if err != nil {
		return fmt.Errorf("create endpoint security group: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, name+"-https", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		CidrIpv4:        pulumi.String(n.args.CIDR),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
		Description:     pulumi.String("HTTPS from the VPC"),
	}, n.child())
	if err != nil {
		return fmt.Errorf("admit the VPC to the endpoints: %w", err)
	}
	for _, service := range n.args.InterfaceEndpoints {
		document, err := n.interfacePolicy(ctx, service)
		if err != nil {
			return err
		}
		err = n.createEndpoint(ctx, service, &ec2.VpcEndpointArgs{
			VpcEndpointType:   pulumi.String("Interface"),
			PrivateDnsEnabled: pulumi.Bool(true),
			SubnetIds:         n.PrivateSubnetIDs,
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			Policy:            document,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *Network) serviceName(service string) string {
	return "com.amazonaws." + n.account.Region + "." + service
}

func (n *Network) createEndpoint(ctx *pulumi.Context, service string, args *ec2.VpcEndpointArgs) error {
	args.VpcId = n.VPCID
	args.ServiceName = pulumi.String(n.serviceName(service))
	if _, err := ec2.NewVpcEndpoint(ctx, n.name+"-"+service, args, n.child()); err != nil {
		return fmt.Errorf("create %s endpoint: %w", service, err)
	}
	return nil
}
