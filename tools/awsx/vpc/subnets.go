package vpc

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

const anywhere = "0.0.0.0/0"

// buildSubnets registers the subnets zone by zone. Within a zone public ones
// come first, so that the NAT gateway exists when a private one needs it.
func (b *builder) buildSubnets(subnets []plannedSubnet) error {
	for i, zone := range b.zones {
		var inZone []plannedSubnet
		for _, s := range subnets {
			if s.Zone == zone && s.Type != layout.Unused {
				inZone = append(inZone, s)
			}
		}
		slices.SortStableFunc(inZone, func(x, y plannedSubnet) int { return rank(x.Type) - rank(y.Type) })
		for _, s := range inZone {
			if err := b.buildSubnet(i, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func rank(kind string) int {
	order := []string{layout.Public, layout.Private}
	if i := slices.IndexFunc(order, func(k string) bool { return layout.Is(kind, k) }); i >= 0 {
		return i
	}
	return len(order)
}

// buildSubnet registers a subnet, its route table and its way out.
func (b *builder) buildSubnet(zone int, s plannedSubnet) error {
	isPublic := layout.Is(s.Type, layout.Public)
	own := pulumi.StringMap{"Name": pulumi.String(s.Name), "SubnetType": pulumi.String(s.Type)}
	subnet, err := b.register(subnetType, s.Name, pulumi.Map{
		"vpcId":               b.vpc.ID(),
		"availabilityZone":    pulumi.String(s.Zone),
		"mapPublicIpOnLaunch": pulumi.Bool(isPublic),
		"cidrBlock":           s.cidr,
		"tags":                b.sharedTags(b.specTags(s.Spec), own),
	}, b.vpc)
	if err != nil {
		return err
	}
	b.subnets = append(b.subnets, subnet)
	b.addID(s.Type, subnet.ID())

	// The tags of the spec are the subnet's only.
	table, err := b.register(routeTableType, s.Name, pulumi.Map{
		"vpcId": b.vpc.ID(),
		"tags":  b.sharedTags(own),
	}, subnet)
	if err != nil {
		return err
	}
	b.tables = append(b.tables, table)

	attachment, err := b.register(routeAssociationType, s.Name, pulumi.Map{
		"routeTableId": table.ID(),
		"subnetId":     subnet.ID(),
	}, table)
	if err != nil {
		return err
	}
	b.attachments = append(b.attachments, attachment)

	if isPublic && b.nat.wants(zone, len(b.natGateways)) {
		if err := b.buildNATGateway(zone, subnet); err != nil {
			return err
		}
	}
	return b.buildRoute(zone, s, table)
}

func (b *builder) specTags(spec int) pulumi.StringMapInput {
	if spec < 0 {
		return nil
	}
	return b.args.SubnetSpecs[spec].Tags
}

func (b *builder) addID(kind string, id pulumi.IDOutput) {
	switch {
	case layout.Is(kind, layout.Public):
		b.public = append(b.public, id)
	case layout.Is(kind, layout.Private):
		b.private = append(b.private, id)
	default:
		b.isolated = append(b.isolated, id)
	}
}

// buildRoute gives public subnets a route to the internet gateway and private
// ones a route to their NAT gateway. Isolated ones have none.
func (b *builder) buildRoute(zone int, s plannedSubnet, table *child) error {
	props := pulumi.Map{
		"routeTableId":         table.ID(),
		"destinationCidrBlock": pulumi.String(anywhere),
	}
	switch {
	case layout.Is(s.Type, layout.Public):
		props["gatewayId"] = b.gateway.ID()
	case layout.Is(s.Type, layout.Private) && !b.nat.is(natNone):
		index := b.nat.gatewayFor(zone)
		if index >= len(b.natGateways) {
			return fmt.Errorf("subnet %s has no NAT gateway in its zone; name every availability zone once", s.Name)
		}
		props["natGatewayId"] = b.natGateways[index].ID()
	default:
		return nil
	}
	route, err := b.register(routeType, s.Name, props, table)
	if err != nil {
		return err
	}
	b.routes = append(b.routes, route)
	return nil
}

// buildNATGateway registers a NAT gateway in a public subnet, with an address
// of its own unless the program brings one.
func (b *builder) buildNATGateway(zone int, subnet *child) error {
	name := fmt.Sprintf("%s-%d", b.name, zone+1)
	tags := mergeTags(b.args.Tags, tag("Name", name))
	var allocation pulumi.StringInput
	if ids := b.args.allocationIDs(); len(ids) > 0 {
		allocation = ids[b.nat.gatewayFor(zone)]
	} else {
		address := &elasticIP{}
		if err := b.registerAs(address, eipType, name, pulumi.Map{"tags": tags}, subnet); err != nil {
			return err
		}
		b.addresses = append(b.addresses, address)
		allocation = address.AllocationId
	}
	gateway, err := b.register(natGatewayType, name, pulumi.Map{
		"subnetId":     subnet.ID(),
		"allocationId": allocation,
		"tags":         tags,
	}, subnet)
	if err != nil {
		return err
	}
	b.natGateways = append(b.natGateways, gateway)
	return nil
}

// allocationIDs are the Elastic IPs that the program brings.
func (a args) allocationIDs() []pulumi.StringInput {
	if a.NatGateways == nil {
		return nil
	}
	return a.NatGateways.ElasticIpAllocationIds
}
