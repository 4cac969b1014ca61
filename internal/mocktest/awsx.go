package mocktest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsxChild begins the names of resources that stand for children of awsx's
// VPC. Recordings leave them out: the program under test does not make them.
const awsxChild = "awsx-child-"

// tiers are the subnets of a zone in the order in which awsx makes them.
var tiers = []string{"public", "private", "isolated"}

// child is the name of a resource that belongs to one subnet of an awsx VPC.
func child(vpc, kind, tier string, zone int) string {
	return fmt.Sprintf("%s%s-%s-%s-%d", awsxChild, vpc, kind, tier, zone)
}

// VPCID is the ID of the VPC that awsx makes under this name.
func VPCID(vpc string) string { return awsxChild + vpc + "_id" }

// SubnetIDs are the IDs of the subnets of one tier ("public", "private",
// "isolated") of an awsx VPC, in the order of its zones.
func SubnetIDs(vpc, tier string, zones int) []string { return ids(vpc, "subnet", tier, zones) }

// RouteTableIDs are the IDs of the route tables of these subnets: each has one
// of its own.
func RouteTableIDs(vpc, tier string, zones int) []string { return ids(vpc, "table", tier, zones) }

func ids(vpc, kind, tier string, zones int) []string {
	var ids []string
	for zone := range zones {
		ids = append(ids, child(vpc, kind, tier, zone+1)+"_id")
	}
	return ids
}

// withAwsxChildren registers what the outputs of an awsx VPC refer to before
// the VPC itself: mocks resolve references to registered resources only.
func withAwsxChildren(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var failure error
		err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if vpc, is := args.Props.(*awsxec2.VpcArgs); is && failure == nil {
				failure = registerAwsxChildren(ctx, args.Name, vpc)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("watch for awsx VPCs: %w", err)
		}
		if err := program(ctx); err != nil {
			return err
		}
		return failure
	}
}

func registerAwsxChildren(ctx *pulumi.Context, name string, args *awsxec2.VpcArgs) error {
	vpc, err := ec2.NewVpc(ctx, awsxChild+name, &ec2.VpcArgs{CidrBlock: pulumi.StringPtrFromPtr(args.CidrBlock)})
	if err != nil {
		return fmt.Errorf("register VPC %s: %w", name, err)
	}
	registered := []pulumi.Resource{vpc}
	for i, zone := range args.AvailabilityZoneNames {
		for _, spec := range args.SubnetSpecs {
			named := func(kind string) string { return child(name, kind, strings.ToLower(string(spec.Type)), i+1) }
			subnet, err := ec2.NewSubnet(ctx, named("subnet"), &ec2.SubnetArgs{
				VpcId:            vpc.ID(),
				AvailabilityZone: pulumi.String(zone),
				CidrBlock:        pulumi.String(spec.CidrBlocks[i]),
			})
			if err != nil {
				return fmt.Errorf("register subnet %s: %w", named("subnet"), err)
			}
			table, err := ec2.NewRouteTable(ctx, named("table"), &ec2.RouteTableArgs{VpcId: vpc.ID()})
			if err != nil {
				return fmt.Errorf("register route table %s: %w", named("table"), err)
			}
			association, err := ec2.NewRouteTableAssociation(ctx, named("association"), &ec2.RouteTableAssociationArgs{
				SubnetId:     subnet.ID(),
				RouteTableId: table.ID(),
			})
			if err != nil {
				return fmt.Errorf("register association %s: %w", named("association"), err)
			}
			registered = append(registered, subnet, table, association)
		}
	}
	for _, r := range registered {
		known := make(chan struct{})
		r.URN().ApplyT(func(pulumi.URN) bool { close(known); return true })
		<-known
	}
	return nil
}

// awsxOutputs are the outputs of an awsx VPC with these inputs.
func awsxOutputs(project, stack, name string, inputs resource.PropertyMap) map[string]any {
	zones := 0
	if names := inputs["availabilityZoneNames"]; names.IsArray() {
		zones = len(names.ArrayValue())
	}
	reference := func(typ, child string) any {
		return resource.MakeCustomResourceReference(
			urn.New(tokens.QName(stack), tokens.PackageName(project), "", tokens.Type(typ), child), resource.ID(child+"_id"), "")
	}
	outputs := map[string]any{"vpc": reference("aws:ec2/vpc:Vpc", awsxChild+name), "vpcId": VPCID(name)}
	subnets, tables, associations := []any{}, []any{}, []any{}
	for zone := range zones {
		for _, tier := range tiers {
			named := func(kind string) string { return child(name, kind, tier, zone+1) }
			subnets = append(subnets, reference("aws:ec2/subnet:Subnet", named("subnet")))
			tables = append(tables, reference("aws:ec2/routeTable:RouteTable", named("table")))
			associations = append(associations, reference("aws:ec2/routeTableAssociation:RouteTableAssociation", named("association")))
		}
	}
	// awsx promises no order: whoever goes by it fails here.
	slices.Reverse(associations)
	outputs["subnets"], outputs["routeTables"], outputs["routeTableAssociations"] = subnets, tables, associations
	for _, tier := range tiers {
		ids := []any{}
		for _, id := range SubnetIDs(name, tier, zones) {
			ids = append(ids, id)
		}
		outputs[tier+"SubnetIds"] = ids
	}
	return outputs
}
