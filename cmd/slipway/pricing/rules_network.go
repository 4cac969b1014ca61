package pricing

import "slices"

// vpc charges for what awsx makes of its inputs, unless those resources are
// among the priced ones themselves, as they are in a preview.
func vpc(c *calculation, r Resource) error {
	if len(c.all("aws:ec2/subnet:Subnet")) > 0 {
		return nil
	}
	zones, err := zonesOf(r)
	if err != nil {
		return err
	}
	gateways := 0.0
	switch strategy := r.text("natGateways.strategy"); strategy {
	case "None":
	case "Single":
		gateways = 1
	case "OnePerAz", "":
		gateways = zones
	default:
		return unsupported(r, "natGateways.strategy "+strategy)
	}
	if gateways > 0 {
		c.chargeNAT(gateways)
		c.hourly("addresses of NAT gateways", "ipv4.hour", gateways)
	}
	return nil
}

func natGateway(c *calculation, _ Resource) error {
	c.chargeNAT(1)
	return nil
}

func (c *calculation) chargeNAT(gateways float64) {
	c.hourly("NAT gateways", "nat.hour", gateways)
	c.monthly("data through NAT gateways", "nat.gb", gateways*c.assumed("nat.gb"))
}

// elasticAddress costs the same in use and idle.
func elasticAddress(c *calculation, _ Resource) error {
	c.hourly("addresses", "ipv4.hour", 1)
	return nil
}

func vpcEndpoint(c *calculation, r Resource) error {
	switch kind := r.text("vpcEndpointType"); kind {
	case "Gateway", "":
		return nil
	case "Interface":
		zones, err := c.zones(r, "subnetIds")
		c.hourly("interface endpoints", "endpoint.hour", zones)
		return err
	default:
		return unsupported(r, "vpcEndpointType "+kind)
	}
}

func flowLog(c *calculation, r Resource) error {
	if kind := r.text("logDestinationType"); kind != "" && kind != "cloud-watch-logs" {
		return unsupported(r, "logDestinationType "+kind)
	}
	zones, err := c.zones(r, "")
	if err != nil {
		return err
	}
	tasks := 0.0
	for _, service := range c.all("aws:ecs/service:Service") {
		count, err := service.number("desiredCount", 1)
		if err != nil {
			return err
		}
		tasks += count
	}
	c.ingest("flow logs", "logs.vended.gb", zones*tasks*c.assumed("flow.logsGb"))
	return nil
}

func loadBalancer(c *calculation, r Resource) error {
	if kind := r.text("loadBalancerType"); kind != "application" {
		return unsupported(r, "loadBalancerType "+kind)
	}
	c.hourly("load balancer", "alb.hour", 1)
	c.monthly("capacity units", "alb.lcu", c.assumed("requests")/c.assumed("requests.perLcuHour"))
	if r.flag("internal") {
		return nil
	}
	zones, err := c.zones(r, "subnets")
	c.hourly("addresses", "ipv4.hour", zones)
	return err
}

// webACL counts a managed rule group as one rule. AWS's own cost no more than
// that, but for those that look for bots and fraud:
// https://aws.amazon.com/waf/pricing/
func webACL(c *calculation, r Resource) error {
	rules := r.list("rules")
	for _, each := range rules {
		group := r.part(each).text("statement.managedRuleGroupStatement.name")
		if slices.Contains([]string{"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet"}, group) {
			return unsupported(r, "managed rule group "+group)
		}
	}
	c.monthly("web ACL", "waf.acl", 1)
	c.monthly("rules", "waf.rule", float64(len(rules)))
	c.monthly("requests", "waf.request", c.assumed("requests"))
	return nil
}

func webACLLog(c *calculation, _ Resource) error {
	c.ingest("logs", "logs.vended.gb", c.assumed("waf.logsGb"))
	return nil
}

// zones is in how many zones a resource is: those of the VPC that awsx makes, in
// all of which it has a subnet of each kind, else the number of its subnets.
func (c *calculation) zones(r Resource, subnets string) (float64, error) {
	if vpcs := c.all("awsx:ec2:Vpc"); len(vpcs) == 1 {
		return zonesOf(vpcs[0])
	}
	if list := r.list(subnets); len(list) > 0 {
		return float64(len(list)), nil
	}
	if subnets := c.all("aws:ec2/subnet:Subnet"); len(subnets) > 0 {
		zones := map[string]bool{}
		for _, subnet := range subnets {
			zones[subnet.text("availabilityZone")] = true
		}
		return float64(len(zones)), nil
	}
	return 0, unsupported(r, "an unknown number of zones")
}

// zonesOf takes awsx's default of three zones:
// https://www.pulumi.com/registry/packages/awsx/api-docs/ec2/vpc/
func zonesOf(vpc Resource) (float64, error) {
	if names := vpc.list("availabilityZoneNames"); len(names) > 0 {
		return float64(len(names)), nil
	}
	return vpc.number("numberOfAvailabilityZones", 3)
}
