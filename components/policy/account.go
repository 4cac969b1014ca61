package policy

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Account is where resources are created: what their ARNs begin with.
type Account struct {
	// Partition is "aws", or that of China or GovCloud.
	Partition string
	// Region is the name of the region, such as "us-east-1".
	Region string
	// ID is the account's 12 digits.
	ID string
}

// LookupAccount asks AWS which account and region the provider works in.
func LookupAccount(ctx *pulumi.Context, opts ...pulumi.InvokeOption) (*Account, error) {
	identity, err := aws.GetCallerIdentity(ctx, nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("look up the account: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("look up the region: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("look up the partition: %w", err)
	}
	return &Account{Partition: partition.Partition, Region: region.Name, ID: identity.AccountId}, nil
}

// ARN is the ARN of a resource of the account in the region.
func (a *Account) ARN(service, resource string) pulumi.String {
	return pulumi.String(fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource))
}

// GlobalARN is the ARN of a resource of the account in a service without
// regions, such as IAM.
func (a *Account) GlobalARN(service, resource string) pulumi.String {
	return pulumi.String(fmt.Sprintf("arn:%s:%s::%s:%s", a.Partition, service, a.ID, resource))
}
