package mocktest

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsxChild begins the names of resources that stand for children of awsx's
// VPC. Recordings leave them out: the program under test does not make them.
const awsxChild = "awsx-child-"

var routeTables = []string{awsxChild + "public-1", awsxChild + "private-1", awsxChild + "isolated-1"}

// RouteTableIDs are the IDs of the route tables that every awsx VPC has under
// mocks.
func RouteTableIDs() []string {
	ids := make([]string, 0, len(routeTables))
	for _, name := range routeTables {
		ids = append(ids, name+"_id")
	}
	return ids
}

// withAwsxChildren registers what the outputs of an awsx VPC refer to, and waits
// for it: mocks resolve references to registered resources only.
func withAwsxChildren(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range routeTables {
			table, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{VpcId: pulumi.String("vpc")})
			if err != nil {
				return fmt.Errorf("register %s: %w", name, err)
			}
			registered := make(chan struct{})
			table.URN().ApplyT(func(pulumi.URN) bool { close(registered); return true })
			<-registered
		}
		return program(ctx)
	}
}

func routeTableReferences(stack string) []any {
	references := make([]any, 0, len(routeTables))
	for _, name := range routeTables {
		references = append(references, resource.MakeCustomResourceReference(
			urn.New(tokens.QName(stack), project, "", "aws:ec2/routeTable:RouteTable", name),
			resource.ID(name+"_id"), ""))
	}
	return references
}
