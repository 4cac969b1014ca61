package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/scan/internal/engine"
)

func record(t *testing.T, program pulumi.RunFunc) (*mocktest.Recording, error) {
	t.Helper()
	e, err := engine.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	return mocktest.Record("test", nil, program, e.Take)
}

func TestVPCIsConstructed(t *testing.T) {
	got, err := record(t, func(ctx *pulumi.Context) error {
		strategy, range16 := awsxec2.SubnetAllocationStrategyAuto, "10.0.0.0/16"
		vpc, err := awsxec2.NewVpc(ctx, "net", &awsxec2.VpcArgs{
			CidrBlock:             &range16,
			AvailabilityZoneNames: []string{"us-east-1a"},
			SubnetStrategy:        &strategy,
			SubnetSpecs: []awsxec2.SubnetSpecArgs{
				{Type: awsxec2.SubnetTypePublic, CidrBlocks: []string{"10.0.0.0/20"}},
				{Type: awsxec2.SubnetTypePrivate, CidrBlocks: []string{"10.0.16.0/20"}},
			},
			NatGateways: &awsxec2.NatGatewayConfigurationArgs{Strategy: awsxec2.NatGatewayStrategySingle},
		})
		if err != nil {
			return err
		}
		tables := vpc.RouteTables.ApplyT(func(tables []*ec2.RouteTable) pulumi.StringArrayOutput {
			ids := pulumi.StringArray{}
			for _, table := range tables {
				ids = append(ids, table.ID().ToStringOutput())
			}
			return ids.ToStringArrayOutput()
		}).(pulumi.StringArrayOutput)
		_, err = ec2.NewVpcEndpoint(ctx, "s3", &ec2.VpcEndpointArgs{
			VpcId: vpc.VpcId, ServiceName: pulumi.String("s3"), RouteTableIds: tables, SubnetIds: vpc.PublicSubnetIds,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"ec2.Eip net-1",
		"ec2.InternetGateway net",
		"ec2.NatGateway net-1",
		"ec2.Route net-private-1",
		"ec2.Route net-public-1",
		"ec2.RouteTable net-private-1",
		"ec2.RouteTable net-public-1",
		"ec2.RouteTableAssociation net-private-1",
		"ec2.RouteTableAssociation net-public-1",
		"ec2.Subnet net-private-1",
		"ec2.Subnet net-public-1",
		"ec2.Vpc net",
		"ec2.Vpc net",
		"ec2.VpcEndpoint s3",
	})
	if parent := got.Get(t, "ec2.RouteTable net-public-1").Parent; parent != "ec2.Subnet net-public-1" {
		t.Errorf("parent of a route table: %s", parent)
	}
	// The program gets the IDs of the children.
	endpoint := got.Get(t, "ec2.VpcEndpoint s3").Inputs.Mappable()
	if id := endpoint["vpcId"]; id != "net_Vpc" {
		t.Errorf("VPC: got %v", id)
	}
	for input, want := range map[string][]string{
		"routeTableIds": {"net-private-1_RouteTable", "net-public-1_RouteTable"},
		"subnetIds":     {"net-public-1_Subnet"},
	} {
		var ids []string
		for _, id := range endpoint[input].([]any) {
			ids = append(ids, id.(string))
		}
		slices.Sort(ids)
		mocktest.Equal(t, input, ids, want)
	}
}

func TestFunctionsAreAnswered(t *testing.T) {
	var region string
	_, err := record(t, func(ctx *pulumi.Context) error {
		found, err := aws.GetRegion(ctx, nil)
		if err == nil {
			region = found.Name
		}
		return err
	})
	if err != nil || region != "us-east-1" {
		t.Errorf("got %q, %v", region, err)
	}
}

func TestErrorsReachTheProgram(t *testing.T) {
	zones := 2
	for want, program := range map[string]pulumi.RunFunc{
		"mocktest knows no answer to aws:index/getBillingServiceAccount": func(ctx *pulumi.Context) error {
			_, err := aws.GetBillingServiceAccount(ctx, nil)
			return err
		},
		"Only one of [availabilityZoneNames] and [numberOfAvailabilityZones]": func(ctx *pulumi.Context) error {
			_, err := awsxec2.NewVpc(ctx, "net", &awsxec2.VpcArgs{AvailabilityZoneNames: []string{"us-east-1a"}, NumberOfAvailabilityZones: &zones})
			return err
		},
		"no resource urn:pulumi:test::slipway::aws:ec2/vpc:Vpc::lost": func(ctx *pulumi.Context) error {
			_, err := ec2.NewVpc(ctx, "lost", nil, pulumi.URN_("urn:pulumi:test::slipway::aws:ec2/vpc:Vpc::lost"))
			return err
		},
	} {
		_, err := record(t, program)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
