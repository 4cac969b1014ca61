package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/network"
)

// another says how an environment gets what the standing one can't.
const another = "build another environment: a copy of the stack's file under a new name with this value, and databaseSnapshot for the data"

// findNetwork finds the network that is shared, or the zones of its own, and what
// there is of it.
func (e *environment) findNetwork(ctx *pulumi.Context) (err error) {
	owner := e.config.Stack
	if e.config.SharedNetwork == "" {
		if err := e.findZones(ctx); err != nil {
			return err
		}
	} else {
		owner = e.config.SharedNetwork
		e.place, err = network.Shared(ctx, &network.SharedArgs{
			Name:  e.config.prefix(owner) + networkName,
			Tags:  e.config.marks(owner),
			Zones: len(e.config.Zones),
		})
		if err != nil {
			return err
		}
	}
	e.standing, err = network.LookUp(ctx, e.config.prefix(owner)+networkName, e.config.marks(owner), len(e.config.Zones))
	if err != nil {
		return fmt.Errorf("look for what there is: %w", err)
	}
	return nil
}

// refuseMoves refuses what AWS could not change, before anything is: another range
// or VPC, zones in another order, and less zones or storage than the database has.
func (e *environment) refuseMoves(ctx *pulumi.Context) error {
	if e.config.SharedNetwork == "" {
		if err := e.refuseAnotherLayout(); err != nil {
			return err
		}
	}
	vpcs, err := network.VPCsOf(ctx, e.config.marks(e.config.Stack))
	if err != nil {
		return fmt.Errorf("look for what there is: %w", err)
	}
	for _, vpc := range vpcs {
		if vpc != e.standing.VPCID {
			return fmt.Errorf("%s:sharedNetwork: %q: the environment stands in another network, VPC %s, and AWS moves neither its database nor its load balancer. "+
				"Leave sharedNetwork as it was, or %s", e.config.Project, e.config.SharedNetwork, vpc, another)
		}
	}
	return e.refuseLessThanDatabaseHas(ctx)
}

// refuseAnotherLayout refuses another range and another order of the zones.
func (e *environment) refuseAnotherLayout() error {
	if e.standing.CIDR != "" && e.standing.CIDR != e.config.VPCCIDR {
		return fmt.Errorf("%s:vpcCidr: %s: the environment's VPC has %s, and AWS moves neither its database nor its load balancer to another. "+
			"Leave it, or %s", e.config.Project, e.config.VPCCIDR, e.standing.CIDR, another)
	}
	for i, zone := range e.standing.Zones {
		if zone != e.zones[i] {
			return fmt.Errorf("%s:zones: %s is at place %d, where the environment's subnets are in %s, which can't change. Leave the order, and add zones at the end",
				e.config.Project, e.config.Zones[i], i+1, strings.TrimPrefix(zone, e.region))
		}
	}
	return nil
}

// refuseLessThanDatabaseHas refuses less storage than the database has by now, and
// fewer zones while it, or its standby, may be in one that goes.
func (e *environment) refuseLessThanDatabaseHas(ctx *pulumi.Context) error {
	databases, err := database.LookUp(ctx, e.config.marks(e.config.Stack))
	if err != nil {
		return fmt.Errorf("look for what there is: %w", err)
	}
	zones := e.zones
	if e.config.SharedNetwork != "" {
		zones = e.standing.Zones
	}
	for _, standing := range databases {
		if least := standing.LeastStorageGiB(); e.config.DatabaseStorageGiB < least {
			return fmt.Errorf("%s:databaseStorageGiB: %d: %s has %d GiB by now, which RDS does not take back. Set it to %d or more: it is the storage of a new database, and a fifth of what this one may grow to",
				e.config.Project, e.config.DatabaseStorageGiB, standing.ID, standing.StorageGiB, least)
		}
		if standing.Subnets <= len(zones) {
			continue
		}
		const refusal = "%s:zones: %s: RDS takes no zone away that an instance is in, and "
		if standing.Standby {
			return fmt.Errorf(refusal+"%s has a standby in one that Pulumi can't see. Leave the zones, set databaseMultiAz to false and deploy; "+
				"then take the zone away, and set databaseMultiAz to true again after that", e.config.Project, strings.Join(e.config.Zones, ", "), standing.ID)
		}
		if !slices.Contains(zones, standing.Zone) {
			return fmt.Errorf(refusal+"%s is in %s. Leave the zones, set databaseMultiAz to true and deploy; let it go over by "+
				"`aws rds reboot-db-instance --db-instance-identifier %[3]s --force-failover`; set databaseMultiAz to false and deploy; then take the zone away",
				e.config.Project, strings.Join(e.config.Zones, ", "), standing.ID, standing.Zone)
		}
	}
	return nil
}
