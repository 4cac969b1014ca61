// Package leases builds the DynamoDB table that holds the leases of stacks: on
// demand, with point-in-time recovery and encryption, and protected from
// deletion.
package leases

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of a Table in Pulumi's state.
const TypeToken = "slipway-bootstrap:leases:Table"

// HashKey is the table's key: a stack with its project.
const HashKey = "stack"

// Table holds the leases.
type Table struct {
	pulumi.ResourceState

	// Name and ARN are the table's.
	Name, ARN pulumi.StringOutput
}

// New builds the table under a name that the commands know.
func New(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*Table, error) {
	t := &Table{}
	if err := ctx.RegisterComponentResource(TypeToken, name, t, opts...); err != nil {
		return nil, fmt.Errorf("register table %s: %w", name, err)
	}
	table, err := dynamodb.NewTable(ctx, name, &dynamodb.TableArgs{
		Name:                      pulumi.String(name),
		BillingMode:               pulumi.String("PAY_PER_REQUEST"),
		HashKey:                   pulumi.String(HashKey),
		Attributes:                dynamodb.TableAttributeArray{&dynamodb.TableAttributeArgs{Name: pulumi.String(HashKey), Type: pulumi.String("S")}},
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		ServerSideEncryption:      &dynamodb.TableServerSideEncryptionArgs{Enabled: pulumi.Bool(true)},
		DeletionProtectionEnabled: pulumi.Bool(true),
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("create table %s: %w", name, err)
	}
	t.Name, t.ARN = table.Name, table.Arn
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{"name": t.Name, "arn": t.ARN})
}
