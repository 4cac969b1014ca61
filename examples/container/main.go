// Command container is a Pulumi program of its own that borrows three of
// Slipway's components: any container that answers HTTP on port 8000, on Fargate
// behind a load balancer, in a VPC of its own.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/service"
)

func main() {
	pulumi.Run(deploy)
}

func deploy(ctx *pulumi.Context) error {
	net, err := network.New(ctx, "hello-network", &network.Args{
		CIDR:  "10.90.0.0/16",
		Zones: []string{"us-east-1a", "us-east-1b"},
		NAT:   network.NATSingle,
	})
	if err != nil {
		return err
	}
	front, err := edge.New(ctx, "hello-edge", &edge.Args{
		VPCID:           net.VPCID,
		SubnetIDs:       net.PublicSubnetIDs,
		HealthCheckPath: "/",
		Disposable:      true,
	})
	if err != nil {
		return err
	}
	app, err := service.New(ctx, "hello-app", &service.Args{
		VPCID:                       net.VPCID,
		SubnetIDs:                   net.PrivateSubnetIDs,
		TargetGroupARN:              front.TargetGroupARN,
		LoadBalancerSecurityGroupID: front.SecurityGroupID,
		Source:                      service.Source{Context: "app", Repository: "hello"},
	})
	if err != nil {
		return err
	}
	ctx.Export("url", front.URL)
	ctx.Export("logGroup", app.LogGroup)
	return nil
}
