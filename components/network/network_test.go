package network_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *network.Args {
	return &network.Args{CIDR: "10.10.0.0/16", Zones: []string{"us-east-1a", "us-east-1b"}}
}

func program(args *network.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "net", args)
		return err
	}
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"cloudwatch.LogGroup net-flow",
		"ec2.DefaultSecurityGroup net-default",
		"ec2.FlowLog net-flow",
		"ec2.Vpc net",
		"ec2.VpcEndpoint net-dynamodb",
		"ec2.VpcEndpoint net-s3",
		"iam.Role net-flow",
		"iam.RolePolicy net-flow",
		"network.Network net",
	})
	got.CheckParents(t, "network.Network net")
	mocktest.Equal(t, "protected", got.Protected(), nil)
}

func TestDefaultSecurityGroupHasNoRules(t *testing.T) {
	group := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "ec2.DefaultSecurityGroup net-default")
	if group.Inputs["vpcId"].StringValue() != "net_vpc" {
		t.Errorf("vpcId: got %v", group.Inputs["vpcId"])
	}
	for _, rules := range []string{"ingress", "egress"} {
		if value, set := group.Inputs[resource.PropertyKey(rules)]; set {
			t.Errorf("%s: got %v, want none", rules, value)
		}
	}
}

func TestVPCGetsExplicitRanges(t *testing.T) {
	vpc := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "ec2.Vpc net")
	specs := vpc.Inputs["subnetSpecs"].ArrayValue()
	got := make([]string, 0, len(specs))
	for _, spec := range specs {
		fields := spec.ObjectValue()
		for _, block := range fields["cidrBlocks"].ArrayValue() {
			got = append(got, fields["type"].StringValue()+" "+block.StringValue())
		}
	}
	mocktest.Equal(t, "subnets", got, []string{
		"Public 10.10.128.0/20", "Public 10.10.144.0/20",
		"Private 10.10.0.0/19", "Private 10.10.32.0/19",
		"Isolated 10.10.192.0/23", "Isolated 10.10.194.0/23",
	})
}

func TestFlowLogsRecordAllTrafficAndMayWriteTheirGroupOnly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	flow := got.Get(t, "ec2.FlowLog net-flow")
	if kind := flow.Inputs["trafficType"].StringValue(); kind != "ALL" {
		t.Errorf("traffic: got %s", kind)
	}
	if days := got.Get(t, "cloudwatch.LogGroup net-flow").Inputs["retentionInDays"].NumberValue(); days != 30 {
		t.Errorf("kept for %v days, want 30", days)
	}
	want := `{"Statement":[{"Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"],"Effect":"Allow",` +
		`"Resource":["arn:aws:logs:us-east-1:111122223333:net-flow:*"],"Sid":"WriteFlowLogs"}],"Version":"2012-10-17"}`
	if policy := got.Get(t, "iam.RolePolicy net-flow").Inputs["policy"].StringValue(); policy != want {
		t.Errorf("got  %s\nwant %s", policy, want)
	}
	if !slices.Contains(flow.DependsOn, "iam.RolePolicy net-flow") {
		t.Errorf("the flow log does not wait for its role's policy: %v", flow.DependsOn)
	}
}

func TestGatewayEndpointsServeEveryRouteTable(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	for _, service := range []string{"s3", "dynamodb"} {
		endpoint := got.Get(t, "ec2.VpcEndpoint net-"+service).Inputs
		if name := endpoint["serviceName"].StringValue(); name != "com.amazonaws.us-east-1."+service {
			t.Errorf("service: got %s", name)
		}
		if kind := endpoint["vpcEndpointType"].StringValue(); kind != "Gateway" {
			t.Errorf("%s: got type %s, want the free one", service, kind)
		}
		var tables []string
		for _, id := range endpoint["routeTableIds"].ArrayValue() {
			tables = append(tables, id.StringValue())
		}
		mocktest.Equal(t, "route tables", tables, mocktest.RouteTableIDs())
	}
}

func TestNATStrategies(t *testing.T) {
	for nat, want := range map[network.NAT]string{
		"": "None", network.NATNone: "None", network.NATSingle: "Single", network.NATPerZone: "OnePerAz",
	} {
		args := base()
		args.NAT = nat
		vpc := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "ec2.Vpc net")
		if got := vpc.Inputs["natGateways"].ObjectValue()["strategy"].StringValue(); got != want {
			t.Errorf("NAT %q: got strategy %s, want %s", nat, got, want)
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&network.Args{CIDR: "10.0.0.1/16", Zones: []string{"a", "a", ""}, NAT: "many", FlowLogDays: -1}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"network.CIDR: 10.0.0.1/16 has bits set after its prefix: 10.0.0.0/16 is meant",
		`network.Zones[1]: "a" is given twice`,
		"network.Zones[2]: empty",
		`network.NAT: "many" must be one of [none single perZone]`,
		"network.FlowLogDays: -1 must be 1 or more (0 means 30)",
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, change := range map[string]func(*network.Args){
		"no range":    func(a *network.Args) { a.CIDR = "" },
		"IPv6":        func(a *network.Args) { a.CIDR = "fd00::/16" },
		"public":      func(a *network.Args) { a.CIDR = "8.8.0.0/16" },
		"too small":   func(a *network.Args) { a.CIDR = "10.0.0.0/24" },
		"one zone":    func(a *network.Args) { a.Zones = a.Zones[:1] },
		"five zones":  func(a *network.Args) { a.Zones = []string{"a", "b", "c", "d", "e"} },
		"unknown NAT": func(a *network.Args) { a.NAT = "x" },
	} {
		args := base()
		change(args)
		got, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		mocktest.Equal(t, name, got.Keys(), nil)
	}
}

// Adding a zone must not move a subnet: a moved subnet is a replaced subnet.
func TestMoreZonesMoveNothing(t *testing.T) {
	for bits := network.MinPrefix; bits <= network.MaxPrefix; bits++ {
		cidr := fmt.Sprintf("10.96.0.0/%d", bits)
		for zones := network.MinZones; zones < network.MaxZones; zones++ {
			few, more := plan(t, cidr, zones), plan(t, cidr, zones+1)
			for i, tier := range tiers(few) {
				if got := tiers(more)[i][:zones]; !slices.Equal(got, tier) {
					t.Errorf("%s, %d to %d zones: tier %d moved from %v to %v", cidr, zones, zones+1, i, tier, got)
				}
			}
		}
	}
}

func TestSubnetsFitAndDoNotOverlap(t *testing.T) {
	check := func(second uint8, bits uint8, count uint8) bool {
		prefix := network.MinPrefix + int(bits)%(network.MaxPrefix-network.MinPrefix+1)
		vpc := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second, 0, 0}), prefix).Masked()
		zones := network.MinZones + int(count)%(network.MaxZones-network.MinZones+1)
		return disjointInside(t, vpc, plan(t, vpc.String(), zones), zones)
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add("10.10.0.0/16", 2)
	f.Add("192.168.0.0/20", 4)
	f.Add("10.0.0.1/16", 3)
	f.Add("::/0", -1)
	f.Fuzz(func(t *testing.T, cidr string, zones int) {
		layout, err := network.Plan(cidr, zones)
		if err != nil {
			return
		}
		if !disjointInside(t, netip.MustParsePrefix(cidr), layout, zones) {
			t.Errorf("%s in %d zones: %v", cidr, zones, layout)
		}
	})
}

func disjointInside(t *testing.T, vpc netip.Prefix, layout network.Layout, zones int) bool {
	t.Helper()
	var all []netip.Prefix
	for _, tier := range tiers(layout) {
		if len(tier) != zones {
			t.Errorf("%d subnets in a tier, want %d", len(tier), zones)
			return false
		}
		for _, block := range tier {
			all = append(all, netip.MustParsePrefix(block))
		}
	}
	for i, a := range all {
		if a != a.Masked() || !vpc.Contains(a.Addr()) || a.Bits() <= vpc.Bits() || a.Bits() > 28 {
			t.Errorf("%s does not fit %s", a, vpc)
			return false
		}
		for _, b := range all[:i] {
			if a.Overlaps(b) {
				t.Errorf("%s overlaps %s", a, b)
				return false
			}
		}
	}
	return true
}

func plan(t *testing.T, cidr string, zones int) network.Layout {
	t.Helper()
	layout, err := network.Plan(cidr, zones)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func tiers(l network.Layout) [][]string { return [][]string{l.Public, l.Private, l.Isolated} }
