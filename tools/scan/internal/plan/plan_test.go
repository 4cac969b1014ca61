package plan_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/scan/internal/plan"
)

const (
	stackURN = "urn:pulumi:test::slipway::pulumi:pulumi:Stack::slipway-test"
	appURN   = "urn:pulumi:test::slipway::slipway:app:App::app"
)

// program is a recording that tests fill in themselves.
type program struct {
	t *testing.T
	*mocktest.Recording
}

func newProgram(t *testing.T) program {
	t.Helper()
	recording, err := mocktest.Record("test", nil, func(*pulumi.Context) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	p := program{t, recording}
	p.add("slipway:app:App", "app", stackURN, nil, nil)
	return p
}

// add registers a resource and returns its URN. from says which resources an
// input was computed from.
func (p program) add(token, name, parent string, inputs resource.PropertyMap, from map[string][]string) string {
	p.t.Helper()
	rpc := &pulumirpc.RegisterResourceRequest{
		Type: token, Name: name, Parent: parent,
		PropertyDependencies: map[string]*pulumirpc.RegisterResourceRequest_PropertyDependencies{},
	}
	for input, urns := range from {
		rpc.PropertyDependencies[input] = &pulumirpc.RegisterResourceRequest_PropertyDependencies{Urns: urns}
	}
	_, _, err := p.NewResource(pulumi.MockResourceArgs{
		TypeToken: token, Name: name, Inputs: inputs, RegisterRPC: rpc,
		Custom: !strings.HasPrefix(token, "slipway:") && !strings.HasPrefix(token, "awsx:"),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	all := p.All()
	return all[len(all)-1].URN
}

// shown is the part of a plan's JSON that is compared.
type shown struct {
	Planned struct {
		Root struct{ Resources []shownResource } `json:"root_module"`
	} `json:"planned_values"`
	Changes []struct {
		Address string
		Change  struct {
			Actions        []string
			Before, After  any
			AfterSensitive any `json:"after_sensitive"`
		}
	} `json:"resource_changes"`
	Configuration struct {
		Root struct{ Resources []shownResource } `json:"root_module"`
	}
}

type shownResource struct {
	Address, Mode, Type, Name string
	Values                    map[string]any
	Sensitive                 map[string]any `json:"sensitive_values"`
	Expressions               map[string]any
}

func (p program) show() shown {
	p.t.Helper()
	made, err := plan.New(p.Recording, "us-east-1")
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		p.t.Fatal(err)
	}
	var s shown
	if err := json.Unmarshal(text, &s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (s shown) find(t *testing.T, address string) (values, expressions map[string]any) {
	t.Helper()
	is := func(r shownResource) bool { return r.Address == address }
	i, j := slices.IndexFunc(s.Planned.Root.Resources, is), slices.IndexFunc(s.Configuration.Root.Resources, is)
	if i < 0 || j < 0 {
		t.Fatalf("no %s in the plan", address)
	}
	return s.Planned.Root.Resources[i].Values, s.Configuration.Root.Resources[j].Expressions
}

func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var g, w any
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, text, want)
	}
}

func inputs(values map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(values)
}

// of parses inputs as a program would write them in JSON.
func of(t *testing.T, text string) resource.PropertyMap {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return inputs(values)
}

func TestValuesHaveTerraformsNamesAndForms(t *testing.T) {
	for name, test := range map[string]struct{ token, address, inputs, want string }{
		"plain values and a map": {
			"aws:s3/bucketV2:BucketV2", "aws_s3_bucket.it",
			`{"forceDestroy": true, "tags": {"costCentre": "app", "Name": "x"}}`,
			`{"force_destroy": true, "tags": {"costCentre": "app", "Name": "x"}}`,
		},
		"a list of one block": {
			"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws_s3_bucket_versioning.it",
			`{"bucket": "b", "versioningConfiguration": {"status": "Enabled", "mfaDelete": "Disabled"}}`,
			`{"bucket": "b", "versioning_configuration": [{"status": "Enabled", "mfa_delete": "Disabled"}]}`,
		},
		"a list of blocks with blocks": {
			"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "aws_s3_bucket_lifecycle_configuration.it",
			`{"bucket": "b", "rules": [{"id": "old", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}}]}`,
			`{"bucket": "b", "rule": [{"id": "old", "status": "Enabled", "noncurrent_version_expiration": [{"noncurrent_days": 30}]}]}`,
		},
		"lists of strings": {
			"aws:lb/loadBalancer:LoadBalancer", "aws_lb.it",
			`{"securityGroups": ["sg-1"], "subnets": ["s-1", "s-2"], "internal": false, "idleTimeout": 60}`,
			`{"security_groups": ["sg-1"], "subnets": ["s-1", "s-2"], "internal": false, "idle_timeout": 60}`,
		},
		"a list that keeps its name": {
			"aws:ec2/securityGroup:SecurityGroup", "aws_security_group.it",
			`{"ingress": [{"fromPort": 22, "toPort": 22, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]}`,
			`{"ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}`,
		},
		"a renamed property": {
			"aws:cloudwatch/metricAlarm:MetricAlarm", "aws_cloudwatch_metric_alarm.it",
			`{"name": "high", "threshold": 0.5, "alarmActions": ["arn"]}`,
			`{"alarm_name": "high", "threshold": 0.5, "alarm_actions": ["arn"]}`,
		},
		"a number that is text in Terraform": {
			"aws:appautoscaling/scheduledAction:ScheduledAction", "aws_appautoscaling_scheduled_action.it",
			`{"scalableTargetAction": {"minCapacity": 0, "maxCapacity": 12}}`,
			`{"scalable_target_action": [{"min_capacity": "0", "max_capacity": "12"}]}`,
		},
		"a property newer than the table": {
			"aws:lb/loadBalancer:LoadBalancer", "aws_lb.it",
			`{"minimumLoadBalancerCapacity": {"capacityUnits": 100}, "ipamPools": [{"ipv4IpamPoolId": "pool"}]}`,
			`{"minimum_load_balancer_capacity": {"capacity_units": 100}, "ipam_pools": [{"ipv4_ipam_pool_id": "pool"}]}`,
		},
		"nothing given": {"aws:s3/bucketV2:BucketV2", "aws_s3_bucket.it", `{"bucket": null}`, `{}`},
		"an empty list": {"aws:ec2/securityGroup:SecurityGroup", "aws_security_group.it", `{"egress": []}`, `{"egress": []}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.add(test.token, "it", appURN, of(t, test.inputs), nil)
			values, expressions := p.show().find(t, test.address)
			same(t, "values", values, test.want)
			same(t, "expressions", expressions, `{}`)
		})
	}
}

func TestPlanIsWhatTerraformShows(t *testing.T) {
	p := newProgram(t)
	p.add("aws:s3/bucketV2:BucketV2", "media", appURN, of(t, `{"bucket": "b"}`), nil)
	made, err := plan.New(p.Recording, "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	const provider = "registry.terraform.io/hashicorp/aws"
	identity := `"address": "aws_s3_bucket.media", "mode": "managed", "type": "aws_s3_bucket", "name": "media"`
	same(t, "plan", made, `{
		"format_version": "1.2",
		"terraform_version": "1.9.0",
		"planned_values": {"root_module": {"resources": [{`+identity+`,
			"provider_name": "`+provider+`", "schema_version": 0, "values": {"bucket": "b"}, "sensitive_values": {}}]}},
		"resource_changes": [{`+identity+`, "provider_name": "`+provider+`", "change": {
			"actions": ["create"], "before": null, "after": {"bucket": "b"}, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}}}],
		"configuration": {
			"provider_config": {"aws": {"name": "aws", "full_name": "`+provider+`", "expressions": {"region": {"constant_value": "eu-west-1"}}}},
			"root_module": {"resources": [{`+identity+`, "provider_config_key": "aws", "schema_version": 0, "expressions": {}}]}}}`)
}

func TestResourcesKnowWhereTheyAreFrom(t *testing.T) {
	p := newProgram(t)
	inner := p.add("slipway:part:Part", "part", appURN, nil, nil)
	vpc := p.add("awsx:ec2:Vpc", "net", inner, nil, nil)
	subnet := p.add("aws:ec2/subnet:Subnet", "net.public 1", vpc, nil, nil)
	p.add("aws:ec2/routeTable:RouteTable", "net.public 1", subnet, nil, nil)
	p.add("aws:s3/bucketV2:BucketV2", "alone", stackURN, nil, nil)
	made, err := plan.New(p.Recording, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range made.Resources {
		got = append(got, r.Address+" | "+r.Pulumi+" | "+r.Component)
		if made.Find(r.Address).Pulumi != r.Pulumi {
			t.Errorf("%s is not found", r.Address)
		}
	}
	mocktest.Equal(t, "resources", got, []string{
		"aws_subnet.net_public_1 | ec2.Subnet net.public 1 | part.Part part",
		"aws_route_table.net_public_1 | ec2.RouteTable net.public 1 | part.Part part",
		"aws_s3_bucket.alone | s3.BucketV2 alone | ",
	})
	if made.Find("aws_s3_bucket.other") != nil {
		t.Error("something is found that is not there")
	}
}

func TestReferencesNameTheResources(t *testing.T) {
	p := newProgram(t)
	bucket := p.add("aws:s3/bucketV2:BucketV2", "media", appURN, nil, nil)
	p.add("aws:s3/bucketVersioningV2:BucketVersioningV2", "media", appURN,
		of(t, `{"bucket": "media"}`), map[string][]string{"bucket": {bucket}})
	p.add("aws:s3/bucketPolicy:BucketPolicy", "media", appURN,
		of(t, `{"bucket": "media_id", "policy": "{\"Resource\": \"arn:aws:s3:::media/*\"}"}`),
		map[string][]string{"bucket": {bucket}, "policy": {bucket}})
	s := p.show()
	values, expressions := s.find(t, "aws_s3_bucket_versioning.media")
	same(t, "value", values, `{"bucket": "media"}`)
	same(t, "name", expressions, `{"bucket": {"references": ["aws_s3_bucket.media.bucket", "aws_s3_bucket.media"]}}`)
	_, expressions = s.find(t, "aws_s3_bucket_policy.media")
	same(t, "ID, and ARN inside a text", expressions, `{
		"bucket": {"references": ["aws_s3_bucket.media.id", "aws_s3_bucket.media"]},
		"policy": {"references": ["aws_s3_bucket.media.arn", "aws_s3_bucket.media"]}}`)
}

func TestReferencesAreInTheirBlocks(t *testing.T) {
	p := newProgram(t)
	bucket := p.add("aws:s3/bucketV2:BucketV2", "logs", appURN, nil, nil)
	group := p.add("aws:ec2/securityGroup:SecurityGroup", "edge", appURN, nil, nil)
	other := p.add("aws:ec2/securityGroup:SecurityGroup", "app", appURN, nil, nil)
	key := p.add("aws:kms/key:Key", "media", appURN, nil, nil)
	p.add("aws:lb/loadBalancer:LoadBalancer", "edge", appURN,
		of(t, `{"securityGroups": ["edge_id", "app_id"], "accessLogs": {"bucket": "logs", "enabled": true}, "tags": {"group": "edge_id"}}`),
		map[string][]string{"securityGroups": {group, other}, "accessLogs": {bucket}, "tags": {group}})
	p.add("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "media", appURN,
		of(t, `{"rules": [{"bucketKeyEnabled": true}, {"applyServerSideEncryptionByDefault": {"kmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:media"}}]}`),
		map[string][]string{"rules": {key}})
	s := p.show()
	_, expressions := s.find(t, "aws_lb.edge")
	same(t, "load balancer", expressions, `{
		"security_groups": {"references": ["aws_security_group.edge.id", "aws_security_group.edge", "aws_security_group.app.id", "aws_security_group.app"]},
		"access_logs": [{"bucket": {"references": ["aws_s3_bucket.logs.bucket", "aws_s3_bucket.logs"]}}],
		"tags": {"references": ["aws_security_group.edge.id", "aws_security_group.edge"]}}`)
	_, expressions = s.find(t, "aws_s3_bucket_server_side_encryption_configuration.media")
	same(t, "encryption", expressions, `{"rule": [
		{}, {"apply_server_side_encryption_by_default": [{"kms_master_key_id": {"references": ["aws_kms_key.media.arn", "aws_kms_key.media"]}}]}]}`)
}

// What a value was computed from counts also where nothing of it is left.
func TestReferencesSurviveComputation(t *testing.T) {
	p := newProgram(t)
	group := p.add("aws:cloudwatch/logGroup:LogGroup", "exec", appURN, nil, nil)
	key := p.add("aws:kms/key:Key", "app", appURN, nil, nil)
	from := func(input string) map[string][]string { return map[string][]string{input: {group, key}} }
	p.add("aws:s3/bucketV2:BucketV2", "text", appURN, of(t, `{"bucket": "other"}`), from("bucket"))
	p.add("aws:s3/bucketV2:BucketV2", "truth", appURN, of(t, `{"forceDestroy": true}`), from("forceDestroy"))
	p.add("aws:ecs/cluster:Cluster", "block", appURN,
		of(t, `{"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE", "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:app"}}}`), from("configuration"))
	s := p.show()
	both := `{"references": ["aws_cloudwatch_log_group.exec", "aws_kms_key.app"]}`
	_, expressions := s.find(t, "aws_s3_bucket.text")
	same(t, "text", expressions, `{"bucket": `+both+`}`)
	_, expressions = s.find(t, "aws_s3_bucket.truth")
	same(t, "truth", expressions, `{"force_destroy": `+both+`}`)
	_, expressions = s.find(t, "aws_ecs_cluster.block")
	same(t, "block", expressions, `{"configuration": [{"execute_command_configuration": [
		{"kms_key_id": {"references": ["aws_kms_key.app.arn", "aws_kms_key.app", "aws_cloudwatch_log_group.exec"]}}]}]}`)
}

func TestOutputsOfComponentsLeadToTheirResources(t *testing.T) {
	p := newProgram(t)
	awsx := p.add("awsx:ec2:Vpc", "net", appURN, nil, nil)
	vpc := p.add("aws:ec2/vpc:Vpc", "net", awsx, nil, nil)
	subnet := p.add("aws:ec2/subnet:Subnet", "net-public-1", vpc, of(t, `{"vpcId": "net_Vpc"}`), map[string][]string{"vpcId": {vpc}})
	p.add("aws:ec2/routeTable:RouteTable", "net-public-1", subnet, of(t, `{"vpcId": "net_Vpc"}`), map[string][]string{"vpcId": {vpc}})
	p.add("aws:lb/loadBalancer:LoadBalancer", "edge", appURN, of(t, `{"subnets": ["net-public-1_Subnet"]}`), map[string][]string{"subnets": {awsx}})
	p.add("aws:ec2/flowLog:FlowLog", "net", appURN, of(t, `{"vpcId": "net_Vpc"}`), map[string][]string{"vpcId": {awsx}})
	s := p.show()
	_, expressions := s.find(t, "aws_lb.edge")
	same(t, "load balancer", expressions, `{"subnets": {"references": ["aws_subnet.net-public-1.id", "aws_subnet.net-public-1"]}}`)
	_, expressions = s.find(t, "aws_flow_log.net")
	same(t, "flow log", expressions, `{"vpc_id": {"references": ["aws_vpc.net.id", "aws_vpc.net"]}}`)
	_, expressions = s.find(t, "aws_route_table.net-public-1")
	same(t, "route table", expressions, `{"vpc_id": {"references": ["aws_vpc.net.id", "aws_vpc.net"]}}`)
}

func TestSecretsAreMarked(t *testing.T) {
	p := newProgram(t)
	secret := func(value any) resource.PropertyValue { return resource.MakeSecret(resource.NewPropertyValue(value)) }
	p.add("aws:rds/instance:Instance", "db", appURN, resource.PropertyMap{
		"username": resource.NewProperty("app"),
		"password": secret("hush"),
		"port":     resource.NewProperty(resource.Output{Element: resource.NewProperty(5432.0), Known: true, Secret: true}),
	}, nil)
	p.add("aws:s3/bucketV2:BucketV2", "media", appURN, resource.PropertyMap{
		"tags": resource.NewProperty(resource.PropertyMap{"open": resource.NewProperty("1"), "closed": secret("2")}),
	}, nil)
	p.add("aws:ec2/securityGroup:SecurityGroup", "app", appURN, resource.PropertyMap{
		"ingress": resource.NewProperty([]resource.PropertyValue{
			resource.NewProperty(resource.PropertyMap{"fromPort": resource.NewProperty(1.0)}),
			resource.NewProperty(resource.PropertyMap{"fromPort": secret(2.0)}),
		}),
	}, nil)
	s := p.show()
	for i, want := range []string{
		`{"password": true, "port": true}`,
		`{"tags": {"closed": true}}`,
		`{"ingress": [false, {"from_port": true}]}`,
	} {
		same(t, "sensitive values", s.Planned.Root.Resources[i].Sensitive, want)
		same(t, "sensitive change", s.Changes[i].Change.AfterSensitive, want)
	}
	values, _ := s.find(t, "aws_db_instance.db")
	same(t, "values", values, `{"username": "app", "password": "hush", "port": 5432}`)
}

func TestUnknownValuesAreLeftOut(t *testing.T) {
	p := newProgram(t)
	unknown := resource.MakeComputed(resource.NewProperty(""))
	p.add("aws:ec2/subnet:Subnet", "a", appURN, resource.PropertyMap{
		"vpcId":            unknown,
		"cidrBlock":        resource.NewProperty("10.0.0.0/24"),
		"availabilityZone": resource.NewProperty(resource.Output{Element: resource.NewProperty("")}),
		"tags":             resource.NewProperty(resource.PropertyMap{"known": resource.NewProperty("1"), "unknown": unknown}),
	}, nil)
	p.add("aws:lb/loadBalancer:LoadBalancer", "b", appURN, resource.PropertyMap{
		"subnets": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("s-1"), unknown}),
	}, nil)
	s := p.show()
	values, _ := s.find(t, "aws_subnet.a")
	same(t, "subnet", values, `{"cidr_block": "10.0.0.0/24", "tags": {"known": "1"}}`)
	values, _ = s.find(t, "aws_lb.b")
	same(t, "load balancer", values, `{"subnets": ["s-1", null]}`)
}

func TestFilesAndReferencesAreText(t *testing.T) {
	p := newProgram(t)
	file, err := asset.FromPathWithWD("plan_test.go", ".")
	if err != nil {
		t.Fatal(err)
	}
	p.add("aws:s3/bucketObjectv2:BucketObjectv2", "logo", appURN, resource.PropertyMap{
		"bucket": resource.MakeCustomResourceReference("urn:pulumi:test::slipway::aws:s3/bucketV2:BucketV2::media", "media_id", ""),
		"source": resource.NewProperty(file),
	}, nil)
	values, _ := p.show().find(t, "aws_s3_object.logo")
	same(t, "values", values, `{"bucket": "media_id", "source": "plan_test.go"}`)
}

func TestOnlyAWSIsInThePlan(t *testing.T) {
	p := newProgram(t)
	p.add("docker:index/image:Image", "app", appURN, of(t, `{"imageName": "x"}`), nil)
	p.add("pulumi:providers:aws", "default", stackURN, of(t, `{"region": "x"}`), nil)
	p.add("aws:s3/bucketV2:BucketV2", "media", appURN, nil, nil)
	if got := len(p.show().Planned.Root.Resources); got != 1 {
		t.Errorf("got %d resources", got)
	}
}

func TestWhatHasNoNameIsRefused(t *testing.T) {
	for want, test := range map[string]struct{ token, inputs string }{
		"lambda.Function it: no Terraform type for aws:lambda/function:Function: add it to tools/awsplugin/mapping": {"aws:lambda/function:Function", `{}`},
		"index.Token it: no Terraform type for random:index/token:Token: add it to tools/awsplugin/mapping":         {"random:index/token:Token", `{}`},
		"s3.BucketV2 it: Terraform has no colour":                               {"aws:s3/bucketV2:BucketV2", `{"colour": "red"}`},
		"lb.LoadBalancer it: accessLogs: Terraform has no colour":               {"aws:lb/loadBalancer:LoadBalancer", `{"accessLogs": {"colour": "red"}}`},
		"s3.BucketV2 it: forceDestroy: a [] where Terraform has a bool":         {"aws:s3/bucketV2:BucketV2", `{"forceDestroy": []}`},
		"lb.LoadBalancer it: subnets: a string where Terraform has a list":      {"aws:lb/loadBalancer:LoadBalancer", `{"subnets": "s-1"}`},
		"lb.LoadBalancer it: tags: a bool where Terraform has a map":            {"aws:lb/loadBalancer:LoadBalancer", `{"tags": true}`},
		"lb.LoadBalancer it: accessLogs: a string where Terraform has a object": {"aws:lb/loadBalancer:LoadBalancer", `{"accessLogs": "on"}`},
	} {
		p := newProgram(t)
		p.add(test.token, "it", appURN, of(t, test.inputs), nil)
		_, err := plan.New(p.Recording, "us-east-1")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestEveryProblemIsReported(t *testing.T) {
	p := newProgram(t)
	p.add("aws:lambda/function:Function", "it", appURN, nil, nil)
	p.add("aws:s3/bucketV2:BucketV2", "it", appURN, of(t, `{"colour": "red", "shape": "round"}`), nil)
	_, err := plan.New(p.Recording, "us-east-1")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestOneAddressForOneResource(t *testing.T) {
	p := newProgram(t)
	p.add("aws:s3/bucketV2:BucketV2", "a.b", appURN, nil, nil)
	p.add("aws:s3/bucketV2:BucketV2", "a b", appURN, nil, nil)
	_, err := plan.New(p.Recording, "us-east-1")
	if err == nil || !strings.Contains(err.Error(), "would both be aws_s3_bucket.a_b") {
		t.Errorf("got %v", err)
	}
}
