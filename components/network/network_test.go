package network_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
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
	if group.Inputs["vpcId"].StringValue() != mocktest.VPCID("net") {
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
	mocktest.SameJSON(t, got.Get(t, "iam.Role net-flow").Inputs["assumeRolePolicy"].StringValue(),
		`{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRole","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["vpc-flow-logs.amazonaws.com"]}`+
			`,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*"}}}]}`)
	mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy net-flow").Inputs["policy"].StringValue(),
		`{"Version":"2012-10-17","Statement":[{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],`+
			`"Resource":["arn:aws:logs:us-east-1:111122223333:net-flow:*"]}]}`)
	if !slices.Contains(flow.DependsOn, "iam.RolePolicy net-flow") {
		t.Errorf("the flow log does not wait for its role's policy: %v", flow.DependsOn)
	}
}

func TestFlowLogsAreKeptAndEncryptedAsAsked(t *testing.T) {
	args := base()
	args.FlowLogDays = 365
	args.KeyARN = pulumi.String("arn:key")
	group := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "cloudwatch.LogGroup net-flow").Inputs
	if days := group["retentionInDays"].NumberValue(); days != 365 {
		t.Errorf("kept for %v days, want 365", days)
	}
	if key := group["kmsKeyId"].StringValue(); key != "arn:key" {
		t.Errorf("key: got %s", key)
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
		slices.Sort(tables)
		mocktest.Equal(t, "route tables", tables, slices.Concat(
			mocktest.RouteTableIDs("net", "isolated", 2), mocktest.RouteTableIDs("net", "private", 2), mocktest.RouteTableIDs("net", "public", 2)))
	}
}

// An exact test: a statement too many is a way out, one too few a task without its image.
func TestGatewayEndpointsLeadToOwnDataOnly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	own := func(service string) string {
		return `{"Sid": "OwnData", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["` + service + `:*"], "Resource": ["*"],
			"Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333", "aws:ResourceAccount": "111122223333"}}}`
	}
	for service, more := range map[string]string{
		"dynamodb": "",
		"s3": `, {"Sid": "ImageLayers", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"],
			"Resource": ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]},
			{"Sid": "SessionManagerAgent", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"],
			"Resource": ["arn:aws:s3:::amazon-ssm-us-east-1/*", "arn:aws:s3:::aws-ssm-us-east-1/*"]}`,
	} {
		mocktest.SameJSON(t, got.Get(t, "ec2.VpcEndpoint net-"+service).Inputs["policy"].StringValue(),
			`{"Version": "2012-10-17", "Statement": [`+own(service)+more+`]}`)
	}
}

func TestInterfaceEndpointsAdmitOwnPrincipalsOnly(t *testing.T) {
	args := base()
	args.InterfaceEndpoints = []string{"ecr.api", "ecs-agent"}
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.SameJSON(t, got.Get(t, "ec2.VpcEndpoint net-ecr.api").Inputs["policy"].StringValue(), `{"Version": "2012-10-17", "Statement": [
		{"Sid": "OwnPrincipals", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": ["*"],
		"Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}]}`)
	// EC2 refuses to make the endpoint of a service that takes no policy with one.
	if policy, set := got.Get(t, "ec2.VpcEndpoint net-ecs-agent").Inputs["policy"]; set {
		t.Errorf("a service that takes no policy: got %v", policy)
	}
}

func TestInterfaceEndpointsAreClosedToAllButTheVPC(t *testing.T) {
	args := base()
	args.InterfaceEndpoints = []string{"ecr.api", "logs"}
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"cloudwatch.LogGroup net-flow",
		"ec2.DefaultSecurityGroup net-default",
		"ec2.FlowLog net-flow",
		"ec2.SecurityGroup net-endpoints",
		"ec2.Vpc net",
		"ec2.VpcEndpoint net-dynamodb",
		"ec2.VpcEndpoint net-ecr.api",
		"ec2.VpcEndpoint net-logs",
		"ec2.VpcEndpoint net-s3",
		"iam.Role net-flow",
		"iam.RolePolicy net-flow",
		"network.Network net",
		"vpc.SecurityGroupIngressRule net-endpoints-https",
	})
	got.CheckParents(t, "network.Network net")
	for _, service := range args.InterfaceEndpoints {
		sameInputs(t, got.Get(t, "ec2.VpcEndpoint net-"+service), map[string]any{
			"vpcId":             mocktest.VPCID("net"),
			"serviceName":       "com.amazonaws.us-east-1." + service,
			"vpcEndpointType":   "Interface",
			"privateDnsEnabled": true,
			"subnetIds":         list(mocktest.SubnetIDs("net", "private", 2)),
			"securityGroupIds":  []any{"net-endpoints_id"},
			"policy":            got.Get(t, "ec2.VpcEndpoint net-"+service).Inputs["policy"].StringValue(),
		})
	}
	sameInputs(t, got.Get(t, "ec2.SecurityGroup net-endpoints"), map[string]any{
		"vpcId":       mocktest.VPCID("net"),
		"description": "Interface endpoints: admits HTTPS from the VPC",
	})
	sameInputs(t, got.Get(t, "vpc.SecurityGroupIngressRule net-endpoints-https"), map[string]any{
		"securityGroupId": "net-endpoints_id",
		"cidrIpv4":        "10.10.0.0/16",
		"ipProtocol":      "tcp",
		"fromPort":        443.0,
		"toPort":          443.0,
		"description":     "HTTPS from the VPC",
	})
}

// The IDs are those of the resources that awsx made for the tier and the zone,
// whatever the order of its lists.
func TestOutputsFollowTheZones(t *testing.T) {
	for zones := network.MinZones; zones <= network.MaxZones; zones++ {
		args := base()
		args.Zones = []string{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"}[:zones]
		outputs := map[string]pulumi.StringArray{}
		mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
			n, err := network.New(ctx, "net", args)
			if err != nil {
				return err
			}
			outputs["public"], outputs["private"], outputs["isolated"] = n.PublicSubnetIDs, n.PrivateSubnetIDs, n.IsolatedSubnetIDs
			outputs["route tables"] = n.PrivateRouteTableIDs
			for name, ids := range outputs {
				want := mocktest.RouteTableIDs("net", "private", zones)
				if name != "route tables" {
					want = mocktest.SubnetIDs("net", name, zones)
				}
				if len(ids) != zones {
					t.Errorf("%s: %d of them are known before anything exists, want %d", name, len(ids), zones)
				}
				ctx.Export(name, ids.ToStringArrayOutput().ApplyT(func(ids []string) []string {
					mocktest.Equal(t, name, ids, want)
					return ids
				}))
			}
			ctx.Export("vpc", n.VPCID.ApplyT(func(id string) string {
				if id != mocktest.VPCID("net") {
					t.Errorf("VPC: got %s", id)
				}
				return id
			}))
			return nil
		})
	}
}

// What awsx has not made as it was told to is an error, not an empty ID.
func TestSubnetThatIsMissingIsReported(t *testing.T) {
	elsewhere := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if vpc, is := args.Props.(*ec2.VpcArgs); is {
			vpc.SubnetSpecs[0].CidrBlocks = []string{"10.10.128.0/20", "10.10.208.0/20"}
		}
		return nil
	}
	_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		n, err := network.New(ctx, "net", base(), pulumi.Transformations([]pulumi.ResourceTransformation{elsewhere}))
		if err == nil {
			ctx.Export("ids", n.PublicSubnetIDs)
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "awsx has made no subnet 10.10.144.0/20") {
		t.Errorf("got %v", err)
	}
}

// routed is a network whose way out leads through an interface where there is none
// of its own.
func routed(args *network.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		n, err := network.New(ctx, "net", args)
		if err != nil || args.NAT != network.NATInstance {
			return err
		}
		return n.RouteThrough(ctx, pulumi.String("eni"))
	}
}

// From every kind of NAT to every other one the routes stay the same resources, or
// AWS refuses the new while the old is there, and only their target changes, which
// the provider does in place.
func TestRoutesStayWhateverTheyLeadTo(t *testing.T) {
	type way struct{ gateways, targets []string }
	identities := map[string]string{}
	for nat, want := range map[network.NAT]way{
		"":                  {},
		network.NATNone:     {},
		network.NATInstance: {nil, []string{"networkInterfaceId eni", "networkInterfaceId eni"}},
		network.NATSingle:   {[]string{"net-nat-1"}, []string{"natGatewayId net-nat-1_id", "natGatewayId net-nat-1_id"}},
		network.NATPerZone:  {[]string{"net-nat-1", "net-nat-2"}, []string{"natGatewayId net-nat-1_id", "natGatewayId net-nat-2_id"}},
	} {
		args := base()
		args.NAT = nat
		got := mocktest.MustRun(t, "test", nil, routed(args))
		if strategy := got.Get(t, "ec2.Vpc net").Inputs["natGateways"].ObjectValue()["strategy"].StringValue(); strategy != "None" {
			t.Errorf("NAT %q: awsx makes gateways, with routes of their own: %s", nat, strategy)
		}
		var gateways, targets []string
		for _, res := range got.All() {
			switch res.Type {
			case "aws:ec2/natGateway:NatGateway":
				gateways = append(gateways, res.Name)
			case "aws:ec2/route:Route":
				if was := identities[res.Name]; was != "" && was != res.URN {
					t.Errorf("%s is another resource: %s and %s", res.Name, was, res.URN)
				}
				identities[res.Name] = res.URN
			}
		}
		slices.Sort(gateways)
		mocktest.Equal(t, "gateways of "+string(nat), gateways, want.gateways)
		for zone := range want.targets {
			route := got.Get(t, fmt.Sprintf("ec2.Route net-out-%d", zone+1))
			if table := route.Inputs["routeTableId"].StringValue(); table != mocktest.RouteTableIDs("net", "private", 2)[zone] {
				t.Errorf("NAT %q: route %d is in %s", nat, zone+1, table)
			}
			delete(route.Inputs, "routeTableId")
			if to := route.Inputs["destinationCidrBlock"].StringValue(); to != "0.0.0.0/0" {
				t.Errorf("NAT %q: route %d goes to %s", nat, zone+1, to)
			}
			delete(route.Inputs, "destinationCidrBlock")
			for key, value := range route.Inputs {
				targets = append(targets, string(key)+" "+value.StringValue())
			}
		}
		mocktest.Equal(t, "targets of "+string(nat), targets, want.targets)
	}
	if len(identities) != 2 {
		t.Errorf("routes: %v", identities)
	}
}

func TestGatewaysStandInPublicSubnetsWithAddressesForGood(t *testing.T) {
	args := base()
	args.NAT = network.NATPerZone
	got := mocktest.MustRun(t, "test", nil, program(args))
	for zone, subnet := range mocktest.SubnetIDs("net", "public", 2) {
		name := fmt.Sprintf("net-nat-%d", zone+1)
		sameInputs(t, got.Get(t, "ec2.NatGateway "+name), map[string]any{
			"allocationId": name + "_allocation", "subnetId": subnet, "tags": map[string]any{"Name": name},
		})
		sameInputs(t, got.Get(t, "ec2.Eip "+name), map[string]any{"domain": "vpc", "tags": map[string]any{"Name": name}})
	}
	got.CheckParents(t, "network.Network net")
}

func TestRouteThroughIsForNATInstanceOnly(t *testing.T) {
	for _, nat := range []network.NAT{network.NATNone, network.NATSingle, network.NATPerZone} {
		args := base()
		args.NAT = nat
		_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
			n, err := network.New(ctx, "net", args)
			if err != nil {
				return err
			}
			return n.RouteThrough(ctx, pulumi.String("eni"))
		})
		if err == nil || !strings.Contains(err.Error(), "only instance leaves the way out to a host") {
			t.Errorf("NAT %s: got %v", nat, err)
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&network.Args{
		CIDR: "10.0.0.1/16", Zones: []string{"a", "a", ""}, NAT: "many", FlowLogDays: 31,
		InterfaceEndpoints: []string{"ecr.api", "s3", "dynamodb", "com.amazonaws.us-east-1.logs", "ECR", "", "ecr.api", "-ssm"},
	}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"network.CIDR: 10.0.0.1/16 has bits set after its prefix: 10.0.0.0/16 is meant",
		`network.Zones[1]: "a" is given twice`,
		"network.Zones[2]: empty",
		`network.NAT: "many" must be one of [none instance single perZone]`,
		`network.InterfaceEndpoints[1]: "s3" has a free gateway endpoint in every network: leave it out`,
		`network.InterfaceEndpoints[2]: "dynamodb" has a free gateway endpoint in every network: leave it out`,
		`network.InterfaceEndpoints[3]: "com.amazonaws.us-east-1.logs" is not a service's short name such as ecr.api`,
		`network.InterfaceEndpoints[4]: "ECR" is not a service's short name such as ecr.api`,
		`network.InterfaceEndpoints[5]: "" is not a service's short name such as ecr.api`,
		`network.InterfaceEndpoints[6]: "ecr.api" is given twice`,
		`network.InterfaceEndpoints[7]: "-ssm" is not a service's short name such as ecr.api`,
		"network.FlowLogDays: 31 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]",
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
		"no service":  func(a *network.Args) { a.InterfaceEndpoints = []string{"s3"} },
		"retention":   func(a *network.Args) { a.FlowLogDays = -1 },
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

func TestNetworkWithoutNameIsRefused(t *testing.T) {
	_, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "", base())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "register network") {
		t.Errorf("got %v", err)
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

// growing are the inputs that change in place when a zone is added: what was
// there stays first.
var growing = []resource.PropertyKey{"availabilityZoneNames", "cidrBlocks", "routeTableIds", "subnetIds"}

// A third zone adds to what two zones have and changes nothing else: every
// resource of the smaller network is in the larger one with the same inputs.
func TestThirdZoneOnlyAdds(t *testing.T) {
	run := func(zones ...string) *mocktest.Recording {
		args := base()
		args.Zones = zones
		args.NAT = network.NATPerZone
		args.InterfaceEndpoints = []string{"ecr.api"}
		return mocktest.MustRun(t, "test", nil, program(args))
	}
	two, three := run("us-east-1a", "us-east-1b"), run("us-east-1a", "us-east-1b", "us-east-1c")
	mocktest.Equal(t, "resources", three.Keys(), slices.Sorted(slices.Values(append(two.Keys(), "ec2.Eip net-nat-3", "ec2.NatGateway net-nat-3", "ec2.Route net-out-3"))))
	for _, before := range two.All() {
		if before.Type == "pulumi:pulumi:Stack" {
			continue
		}
		extends(t, before.Key(), resource.NewObjectProperty(before.Inputs), resource.NewObjectProperty(three.Get(t, before.Key()).Inputs))
	}
}

// extends fails unless after equals before but for longer lists under the
// growing keys.
func extends(t *testing.T, path string, before, after resource.PropertyValue) {
	t.Helper()
	switch {
	case before.IsObject() && after.IsObject():
		if len(before.ObjectValue()) != len(after.ObjectValue()) {
			t.Errorf("%s: has other fields: %v and %v", path, before, after)
		}
		for key, value := range before.ObjectValue() {
			inner := after.ObjectValue()[key]
			if slices.Contains(growing, key) && value.IsArray() && inner.IsArray() && len(inner.ArrayValue()) >= len(value.ArrayValue()) {
				inner = resource.NewArrayProperty(inner.ArrayValue()[:len(value.ArrayValue())])
			}
			extends(t, path+"."+string(key), value, inner)
		}
	case before.IsArray() && after.IsArray() && len(before.ArrayValue()) == len(after.ArrayValue()):
		for i, value := range before.ArrayValue() {
			extends(t, fmt.Sprintf("%s[%d]", path, i), value, after.ArrayValue()[i])
		}
	case !before.DeepEquals(after):
		t.Errorf("%s: %v becomes %v", path, before, after)
	}
}

func sameInputs(t *testing.T, got mocktest.Resource, want map[string]any) {
	t.Helper()
	if wanted := resource.NewPropertyMapFromMap(want); !got.Inputs.DeepEquals(wanted) {
		t.Errorf("%s: got %v, want %v", got.Key(), got.Inputs, wanted)
	}
}

func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
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

func TestSharedFindsTheFirstZones(t *testing.T) {
	var place *network.Place
	got := mocktest.MustRun(t, "review", nil, func(ctx *pulumi.Context) (err error) {
		place, err = network.Shared(ctx, &network.SharedArgs{Name: "slipway-staging-network", Tags: map[string]string{"project": "slipway"}, Zones: 2})
		return err
	})
	mocktest.Equal(t, "resources", got.Keys(), nil)
	for kind, got := range map[string]pulumi.StringArray{"public": place.PublicSubnetIDs, "private": place.PrivateSubnetIDs, "isolated": place.IsolatedSubnetIDs} {
		if want := (pulumi.StringArray{pulumi.String("shared_" + kind + "_1"), pulumi.String("shared_" + kind + "_2")}); !slices.Equal(got, want) {
			t.Errorf("%s subnets are %v", kind, got)
		}
	}
}

func TestSharedRefusesWhatIsNotThere(t *testing.T) {
	for name, test := range map[string]struct {
		args *network.SharedArgs
		want string
	}{
		"no args":       {nil, "args of a shared network are required"},
		"empty":         {&network.SharedArgs{}, "network.Name: empty\nnetwork.Zones: 0 must be 2 to 4"},
		"no network":    {&network.SharedArgs{Name: "other-network", Zones: 2}, "find the VPC other-network, which is shared: deploy the stack that keeps it first: no matching EC2 VPC found"},
		"another's":     {&network.SharedArgs{Name: "slipway-staging-network", Tags: map[string]string{"project": "other"}, Zones: 2}, "no matching EC2 VPC found"},
		"too few zones": {&network.SharedArgs{Name: "slipway-staging-network", Zones: 3}, "network.Zones: 3 are asked for, and VPC slipway-staging-network has 0 subnets named slipway-staging-network-public-3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mocktest.Run(t, "review", nil, func(ctx *pulumi.Context) error {
				_, err := network.Shared(ctx, test.args)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
