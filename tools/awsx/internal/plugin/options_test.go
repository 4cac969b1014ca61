package plugin_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// base are arguments that are accepted; tests change what they are about.
func base() map[string]any {
	return map[string]any{
		"cidrBlock":             "10.0.0.0/16",
		"availabilityZoneNames": []any{"us-east-1a", "us-east-1b"},
		"natGateways":           map[string]any{"strategy": "Single"},
		"subnetStrategy":        "Auto",
	}
}

func with(changes map[string]any) map[string]any {
	args := base()
	for key, value := range changes {
		args[key] = value
	}
	return args
}

const aws = "urn:pulumi:" + recorder.Stack + "::" + recorder.Project + "::pulumi:providers:aws::west::id-of-west"

// The options of the component that concern children reach them; the others
// stay with the component.
func TestComponentOptions(t *testing.T) {
	t.Parallel()
	args := with(nil)
	delete(args, "availabilityZoneNames")
	got := construct(t, &recorder.Monitor{Zones: []string{"a", "b", "c"}}, args, func(req *pulumirpc.ConstructRequest) {
		req.Providers = map[string]string{"aws": aws}
		req.Protect = new(true)
		req.IgnoreChanges = []string{"tags"}
		req.Aliases = []*pulumirpc.Alias{{Alias: &pulumirpc.Alias_Spec_{Spec: &pulumirpc.Alias_Spec{Name: "old"}}}}
		req.Dependencies = []string{recorder.StackURN() + "-other"}
		req.CustomTimeouts = &pulumirpc.ConstructRequest_CustomTimeouts{Create: "5m"}
	})
	require.NoError(t, got.err)

	component := got.monitor.Components()[0]
	assert.True(t, component.GetProtect())
	assert.Equal(t, map[string]string{"aws": aws}, component.GetProviders())
	assert.Equal(t, []string{"tags"}, component.GetIgnoreChanges())
	assert.Equal(t, "old", component.GetAliases()[0].GetSpec().GetName())
	assert.Equal(t, []string{recorder.StackURN() + "-other"}, component.GetDependencies())
	assert.Equal(t, "5m", component.GetCustomTimeouts().GetCreate())

	require.NotEmpty(t, got.monitor.Children())
	for _, child := range got.monitor.Children() {
		assert.Equal(t, aws, child.GetProvider(), child.URN)
		assert.Equal(t, "6.66.3", child.GetVersion(), child.URN)
		assert.True(t, child.GetProtect(), child.URN)
		assert.Empty(t, child.GetIgnoreChanges(), child.URN)
		assert.Empty(t, child.GetAliases(), child.URN)
		assert.NotContains(t, child.GetDependencies(), recorder.StackURN()+"-other", child.URN)
		assert.Empty(t, child.GetCustomTimeouts().GetCreate(), child.URN)
	}
	for _, invoke := range got.monitor.Invokes() {
		assert.Equal(t, aws, invoke.GetProvider())
	}
}

func TestVPCArgumentsArePassedOn(t *testing.T) {
	t.Parallel()
	passed := map[string]any{
		"assignGeneratedIpv6CidrBlock":     true,
		"enableDnsHostnames":               true,
		"enableDnsSupport":                 false,
		"enableNetworkAddressUsageMetrics": true,
		"instanceTenancy":                  "dedicated",
		"ipv6CidrBlock":                    "2600:db8::/56",
		"ipv6CidrBlockNetworkBorderGroup":  "us-east-1",
		"ipv6IpamPoolId":                   "ipam-pool-6",
		"ipv6NetmaskLength":                56.0,
	}
	got := construct(t, &recorder.Monitor{}, with(passed))
	require.NoError(t, got.err)
	want := map[string]any{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"Name": "net"}}
	for key, value := range passed {
		want[key] = value
	}
	assert.Equal(t, want, got.inputs(t, "vpc"))
}

func TestEndpointArgumentsArePassedOn(t *testing.T) {
	t.Parallel()
	passed := map[string]any{
		"autoAccept":           true,
		"dnsOptions":           map[string]any{"dnsRecordIpType": "ipv4"},
		"ipAddressType":        "ipv4",
		"policy":               `{"Version":"2012-10-17"}`,
		"privateDnsEnabled":    false,
		"routeTableIds":        []any{"rtb-1"},
		"securityGroupIds":     []any{"sg-1", map[string]any{"$secret": "sg-2"}},
		"serviceName":          "com.amazonaws.us-east-1.logs",
		"serviceRegion":        "us-east-1",
		"subnetConfigurations": []any{map[string]any{"ipv4": "10.0.0.7", "subnetId": "subnet-1"}},
		"subnetIds":            []any{"subnet-1"},
		"vpcEndpointType":      "Interface",
	}
	spec := map[string]any{"tags": map[string]any{"Kind": "interface", "Team": "web"}}
	for key, value := range passed {
		spec[key] = value
	}
	got := construct(t, &recorder.Monitor{}, with(map[string]any{
		"tags":             map[string]any{"Project": "demo", "Team": "all"},
		"vpcEndpointSpecs": []any{spec},
	}))
	require.NoError(t, got.err)
	passed["tags"] = map[string]any{"Name": "net", "Project": "demo", "Team": "web", "Kind": "interface"}
	passed["vpcId"] = "${vpc.id}"
	assert.Equal(t, passed, got.inputs(t, "vpcEndpoint:com.amazonaws.us-east-1.logs"))
}

// Values that other resources provide: unknown in a preview, with dependencies.
func TestOutputsAsArguments(t *testing.T) {
	t.Parallel()
	group := "urn:pulumi:" + recorder.Stack + "::" + recorder.Project + "::aws:ec2/securityGroup:SecurityGroup::endpoints"
	output := func(known bool) resource.PropertyValue {
		return resource.NewProperty(resource.Output{
			Element: resource.NewProperty("sg-1"), Known: known, Dependencies: []resource.URN{resource.URN(group)},
		})
	}
	for mode, dryRun := range map[string]bool{"up": false, "preview": true} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			got := construct(t, &recorder.Monitor{DryRun: dryRun}, with(map[string]any{
				"natGateways": map[string]any{"strategy": "Single", "elasticIpAllocationIds": []any{output(!dryRun)}},
				"vpcEndpointSpecs": []any{map[string]any{
					"serviceName": "com.amazonaws.us-east-1.logs", "securityGroupIds": []any{output(!dryRun)},
				}},
			}), func(req *pulumirpc.ConstructRequest) {
				dependencies := &pulumirpc.ConstructRequest_PropertyDependencies{Urns: []string{group}}
				req.InputDependencies = map[string]*pulumirpc.ConstructRequest_PropertyDependencies{
					"natGateways": dependencies, "vpcEndpointSpecs": dependencies,
				}
			})
			require.NoError(t, got.err)
			want := any("sg-1")
			if dryRun {
				want = recorder.Unknown
			}
			endpoint, _ := got.monitor.Child("vpcEndpoint:com.amazonaws.us-east-1.logs")
			assert.Equal(t, []any{want}, got.inputs(t, "vpcEndpoint:com.amazonaws.us-east-1.logs")["securityGroupIds"])
			assert.Equal(t, []string{group}, endpoint.GetPropertyDependencies()["securityGroupIds"].GetUrns())
			assert.Contains(t, endpoint.GetDependencies(), group)
			nat, _ := got.monitor.Child("natGateway:net-1")
			assert.Equal(t, want, got.inputs(t, "natGateway:net-1")["allocationId"])
			assert.Equal(t, []string{group}, nat.GetPropertyDependencies()["allocationId"].GetUrns())
		})
	}
}

// Secret tags stay secret in every child that has them.
func TestSecretTags(t *testing.T) {
	t.Parallel()
	const value = "not-for-everyone"
	secret := map[string]any{"$secret": value}
	for name, tags := range map[string]struct {
		tags any
		want any
	}{
		"one by one": {
			tags: map[string]any{"Owner": secret, "Project": "demo"},
			want: map[string]any{"Name": "net", "Owner": secret, "Project": "demo"},
		},
		"as a whole": {
			tags: map[string]any{"$secret": map[string]any{"Owner": value}},
			want: map[string]any{"$secret": map[string]any{"Name": "net", "Owner": value}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := construct(t, &recorder.Monitor{}, with(map[string]any{
				"tags":             tags.tags,
				"vpcEndpointSpecs": []any{map[string]any{"serviceName": "s3"}},
				"subnetSpecs": []any{
					map[string]any{"type": "Public", "tags": map[string]any{"$secret": map[string]any{"Tier": value}}},
					map[string]any{"type": "Private"},
				},
			}))
			require.NoError(t, got.err)
			assert.Equal(t, tags.want, got.inputs(t, "vpc")["tags"])
			tagged := 0
			for _, child := range got.monitor.Children() {
				plain := got.inputs(t, recorder.Symbol(child.URN))
				if plain["tags"] == nil {
					continue
				}
				tagged++
				assert.NotContains(t, public(plain), value, child.URN)
				assert.Contains(t, protojson.Format(child.GetObject()), value, child.URN)
			}
			assert.Equal(t, 13, tagged, "VPC, gateway, endpoint, 4 subnets, 4 route tables, Eip and NAT gateway")
			state, err := recorder.Plain(got.response.GetState())
			require.NoError(t, err)
			assert.NotContains(t, public(state), value)
		})
	}
}

// public collects all text outside secrets.
func public(value any) string {
	switch v := value.(type) {
	case string:
		return v + "\n"
	case []any:
		var b strings.Builder
		for _, element := range v {
			b.WriteString(public(element))
		}
		return b.String()
	case map[string]any:
		if _, secret := v["$secret"]; secret {
			return ""
		}
		var b strings.Builder
		for _, element := range v {
			b.WriteString(public(element))
		}
		return b.String()
	}
	return ""
}

func TestUnknownTagsInAPreview(t *testing.T) {
	t.Parallel()
	got := construct(t, &recorder.Monitor{DryRun: true}, with(map[string]any{
		"tags": map[string]any{"Owner": recorder.Unknown, "Project": "demo"},
	}))
	require.NoError(t, got.err)
	assert.Equal(t, map[string]any{"Name": "net", "Owner": recorder.Unknown, "Project": "demo"}, got.inputs(t, "vpc")["tags"])
}
