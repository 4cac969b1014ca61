package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createGatewayEndpoints keeps traffic to S3 and DynamoDB inside AWS. They cost
// nothing, while a NAT gateway charges for every byte: image layers come from S3.
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
func (n *Network) createGatewayEndpoints(ctx *pulumi.Context) error {
	region, err := aws.GetRegion(ctx, nil, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("look up the region: %w", err)
	}
	tables := n.vpc.RouteTables.ApplyT(func(tables []*ec2.RouteTable) pulumi.StringArrayOutput {
		ids := make(pulumi.StringArray, 0, len(tables))
		for _, table := range tables {
			ids = append(ids, table.ID().ToStringOutput())
		}
		return ids.ToStringArrayOutput()
	}).(pulumi.StringArrayOutput)
	for _, service := range []string{"s3", "dynamodb"} {
		_, err := ec2.NewVpcEndpoint(ctx, n.name+"-"+service, &ec2.VpcEndpointArgs{
			VpcId:           n.VPCID,
			ServiceName:     pulumi.String("com.amazonaws." + region.Name + "." + service),
			VpcEndpointType: pulumi.String("Gateway"),
			RouteTableIds:   tables,
		}, n.child())
		if err != nil {
			return fmt.Errorf("create %s endpoint: %w", service, err)
		}
	}
	return nil
}
