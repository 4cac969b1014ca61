package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Standing is where an instance is that New has built before. RDS takes no subnet
// out of its group while the instance or its standby is in it:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
type Standing struct {
	// ID is the instance's identifier.
	ID string
	// Zone is the availability zone of the instance.
	Zone string
	// Standby reports that it has a standby, in another zone of Subnets: Pulumi
	// can't tell in which.
	Standby bool
	// Subnets is how many subnets the instance and its standby may be in, one a zone.
	Subnets int
	// StorageGiB is what it has by now, in GiB. RDS takes none of it back.
	StorageGiB int
}

// LeastStorageGiB is the least Args.StorageGiB, without MaxStorageGiB, that an
// instance takes: up to which its storage grows by itself has to be more than it
// has by now.
func (s *Standing) LeastStorageGiB() int {
	least := 1
	for !growsBeyond(s.StorageGiB, growth*least) {
		least++
	}
	return least
}

// LookUp asks RDS for the instances with these tags: two while one takes the
// other's place.
func LookUp(ctx *pulumi.Context, tags map[string]string, opts ...pulumi.InvokeOption) ([]Standing, error) {
	found, err := rds.GetInstances(ctx, &rds.GetInstancesArgs{Tags: tags}, opts...)
	if err != nil {
		return nil, fmt.Errorf("look for databases of %v: %w", tags, err)
	}
	var standing []Standing
	for _, id := range found.InstanceIdentifiers {
		instance, err := rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &id}, opts...)
		if err != nil {
			return nil, fmt.Errorf("look at database %s: %w", id, err)
		}
		group, err := rds.LookupSubnetGroup(ctx, &rds.LookupSubnetGroupArgs{Name: instance.DbSubnetGroup}, opts...)
		if err != nil {
			return nil, fmt.Errorf("look at the subnets of database %s: %w", id, err)
		}
		standing = append(standing, Standing{ID: id, Zone: instance.AvailabilityZone, Standby: instance.MultiAz, Subnets: len(group.SubnetIds), StorageGiB: instance.AllocatedStorage})
	}
	return standing, nil
}
