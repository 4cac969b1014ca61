package pricing_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

type object = map[string]any

func resource(token, name string, properties object) pricing.Resource {
	return pricing.Resource{Type: token, Name: name, Component: "c", Properties: properties}
}

// with copies properties and changes some; nil removes one.
func with(base, change object) object {
	changed := maps.Clone(base)
	for key, value := range change {
		changed[key] = value
		if value == nil {
			delete(changed, key)
		}
	}
	return changed
}

var (
	vpc         = object{"availabilityZoneNames": []any{"a", "b", "c"}, "natGateways": object{"strategy": "OnePerAz"}}
	balancer    = object{"loadBalancerType": "application", "subnets": []any{"a", "b"}}
	tasks       = object{"desiredCount": 2.0, "launchType": "FARGATE", "taskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/app:3"}
	definition  = object{"cpu": "512", "memory": "1024", "runtimePlatform": object{"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}, "containerDefinitions": `[{},{}]`}
	spot        = []any{object{"capacityProvider": "FARGATE", "base": 1.0, "weight": 0.0}, object{"capacityProvider": "FARGATE_SPOT", "weight": 1.0}}
	postgres    = object{"engine": "postgres", "instanceClass": "db.t4g.micro", "storageType": "gp3", "allocatedStorage": 20.0, "multiAz": false}
	template    = object{"instanceType": "t4g.nano"}
	group       = object{"minSize": 1.0, "launchTemplate": object{"id": "nat_id"}}
	webACL      = object{"rules": []any{object{"name": "limit"}, object{"statement": object{"managedRuleGroupStatement": object{"name": "AWSManagedRulesCommonRuleSet"}}}}}
	metricQuery = func(period float64) object { return object{"metric": object{"metricName": "m", "period": period}} }
)

const (
	tVPC        = "awsx:ec2:Vpc"
	tSubnet     = "aws:ec2/subnet:Subnet"
	tService    = "aws:ecs/service:Service"
	tDefinition = "aws:ecs/taskDefinition:TaskDefinition"
	tCluster    = "aws:ecs/cluster:Cluster"
	tInstance   = "aws:rds/instance:Instance"
	tTemplate   = "aws:ec2/launchTemplate:LaunchTemplate"
	tGroup      = "aws:autoscaling/group:Group"
	tMachine    = "aws:ec2/instance:Instance"
	tAddress    = "aws:ec2/eip:Eip"
	tBalancer   = "aws:lb/loadBalancer:LoadBalancer"
	tEndpoint   = "aws:ec2/vpcEndpoint:VpcEndpoint"
	tFlowLog    = "aws:ec2/flowLog:FlowLog"
	tAlarm      = "aws:cloudwatch/metricAlarm:MetricAlarm"
	tDashboard  = "aws:cloudwatch/dashboard:Dashboard"
	tFilter     = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	tPolicy     = "aws:appautoscaling/policy:Policy"
	tTable      = "aws:dynamodb/table:Table"
	tWebACL     = "aws:wafv2/webAcl:WebAcl"
	tLogGroup   = "aws:cloudwatch/logGroup:LogGroup"
)

func insights(mode string) object {
	return object{"settings": []any{object{"name": "containerInsights", "value": mode}}}
}

func app(change object) []pricing.Resource {
	return []pricing.Resource{resource(tService, "app", with(tasks, change)), resource(tDefinition, "app", definition)}
}

// cases price every rule. A line is "price count [x hours] = USD".
var cases = map[string]struct {
	resources []pricing.Resource
	want      []string
}{
	"VPC without a way out": {[]pricing.Resource{resource(tVPC, "net", with(vpc, object{"natGateways": object{"strategy": "None"}}))}, nil},
	"VPC with one gateway": {[]pricing.Resource{resource(tVPC, "net", with(vpc, object{"natGateways": object{"strategy": "Single"}}))},
		[]string{"ipv4.hour 1 x 730 = 3.65", "nat.hour 1 x 730 = 32.85", "nat.gb 2 = 0.09"}},
	"VPC with gateways": {[]pricing.Resource{resource(tVPC, "net", vpc)},
		[]string{"ipv4.hour 3 x 730 = 10.95", "nat.hour 3 x 730 = 98.55", "nat.gb 6 = 0.27"}},
	"VPC with awsx's defaults": {[]pricing.Resource{resource(tVPC, "net", nil)},
		[]string{"ipv4.hour 3 x 730 = 10.95", "nat.hour 3 x 730 = 98.55", "nat.gb 6 = 0.27"}},
	"VPC with its children": {[]pricing.Resource{
		resource(tVPC, "net", vpc), resource(tSubnet, "net-public-1", object{"availabilityZone": "a"}),
		resource("aws:ec2/natGateway:NatGateway", "net-1", nil), resource(tAddress, "net-1", nil)},
		[]string{"nat.hour 1 x 730 = 32.85", "ipv4.hour 1 x 730 = 3.65", "nat.gb 2 = 0.09"}},
	"gateway endpoint": {[]pricing.Resource{resource(tEndpoint, "s3", object{"vpcEndpointType": "Gateway"})}, nil},
	"interface endpoint": {[]pricing.Resource{resource(tEndpoint, "logs", object{"vpcEndpointType": "Interface", "subnetIds": []any{"a", "b"}})},
		[]string{"endpoint.hour 2 x 730 = 14.60"}},
	"flow log": {append(app(object{"desiredCount": 1.0}), resource(tFlowLog, "flow", nil), resource(tSubnet, "a", object{"availabilityZone": "a"}), resource(tSubnet, "b", object{"availabilityZone": "b"}), resource(tSubnet, "c", object{"availabilityZone": "b"}), resource(tLogGroup, "flow", object{"retentionInDays": 30.0})),
		[]string{"fargate.arm64.gb 1 x 730 = 2.60", "fargate.arm64.vcpu 0.5 x 730 = 11.82", "logs.gb 0.05 = 0.03", "logs.stored.gb 0.0975 = 0.00", "logs.vended.gb 0.6 = 0.30"}},
	"load balancer": {[]pricing.Resource{resource(tBalancer, "edge", balancer)},
		[]string{"ipv4.hour 2 x 730 = 7.30", "alb.lcu 1.11111 = 0.01", "alb.hour 1 x 730 = 16.43"}},
	"load balancer in a known VPC": {[]pricing.Resource{resource(tVPC, "net", with(vpc, object{"natGateways": object{"strategy": "None"}})), resource(tBalancer, "edge", with(balancer, object{"subnets": nil}))},
		[]string{"ipv4.hour 3 x 730 = 10.95", "alb.lcu 1.11111 = 0.01", "alb.hour 1 x 730 = 16.43"}},
	"internal load balancer": {[]pricing.Resource{resource(tBalancer, "edge", with(balancer, object{"internal": true}))},
		[]string{"alb.lcu 1.11111 = 0.01", "alb.hour 1 x 730 = 16.43"}},
	"web ACL": {[]pricing.Resource{resource(tWebACL, "edge", webACL)},
		[]string{"waf.request 100000 = 0.06", "waf.rule 2 = 2.00", "waf.acl 1 = 5.00"}},
	"web ACL's log": {[]pricing.Resource{resource("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "edge", nil), resource(tLogGroup, "waf", object{"retentionInDays": 365.0})},
		[]string{"logs.vended.gb 0.2 = 0.10", "logs.stored.gb 0.365 = 0.01"}},

	"tasks on demand": {app(nil), []string{"logs.gb 0.1 = 0.05", "fargate.arm64.gb 2 x 730 = 5.20", "fargate.arm64.vcpu 1 x 730 = 23.64", "logs.stored.gb 0 = 0.00"}},
	"tasks on x86": {[]pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"runtimePlatform": nil}))},
		[]string{"logs.gb 0.1 = 0.05", "fargate.amd64.gb 2 x 730 = 6.49", "fargate.amd64.vcpu 1 x 730 = 29.55", "logs.stored.gb 0 = 0.00"}},
	"tasks with Spot": {app(object{"launchType": nil, "capacityProviderStrategies": spot}), []string{
		"logs.gb 0.1 = 0.05", "fargate.arm64.gb 0.4 x 730 = 1.04", "fargate.arm64.gb 1 x 730 = 2.60",
		"fargate.arm64.vcpu 0.2 x 730 = 4.73", "fargate.arm64.vcpu 0.5 x 730 = 11.82", "logs.stored.gb 0 = 0.00"}},
	"tasks by weight": {app(object{"desiredCount": 4.0, "launchType": nil, "capacityProviderStrategies": []any{object{"capacityProvider": "FARGATE", "base": 1.0, "weight": 1.0}, object{"capacityProvider": "FARGATE_SPOT", "weight": 3.0}}}), []string{
		"logs.gb 0.2 = 0.10", "fargate.arm64.gb 0.9 x 730 = 2.34", "fargate.arm64.gb 1.75 x 730 = 4.55",
		"fargate.arm64.vcpu 0.45 x 730 = 10.64", "fargate.arm64.vcpu 0.875 x 730 = 20.68", "logs.stored.gb 0 = 0.00"}},
	"tasks with a base of Spot": {app(object{"desiredCount": 3.0, "launchType": nil, "capacityProviderStrategies": []any{object{"capacityProvider": "FARGATE", "weight": 1.0}, object{"capacityProvider": "FARGATE_SPOT", "base": 1.0, "weight": 1.0}}}), []string{
		"logs.gb 0.15 = 0.08", "fargate.arm64.gb 0.8 x 730 = 2.08", "fargate.arm64.gb 1 x 730 = 2.60",
		"fargate.arm64.vcpu 0.4 x 730 = 9.45", "fargate.arm64.vcpu 0.5 x 730 = 11.82", "logs.stored.gb 0 = 0.00"}},
	"tasks with storage and addresses": {[]pricing.Resource{
		resource(tService, "app", with(tasks, object{"networkConfiguration": object{"assignPublicIp": true}})),
		resource(tDefinition, "app", with(definition, object{"ephemeralStorage": object{"sizeInGib": 30.0}}))},
		[]string{"ipv4.hour 2 x 730 = 7.30", "logs.gb 0.1 = 0.05", "fargate.arm64.gb 2 x 730 = 5.20", "fargate.storage.gb 20 x 730 = 1.62", "fargate.arm64.vcpu 1 x 730 = 23.64", "logs.stored.gb 0 = 0.00"}},
	"cluster without insights": {[]pricing.Resource{resource(tCluster, "app", insights("disabled"))}, nil},
	"cluster with insights": {append(app(nil), resource(tCluster, "app", insights("enabled"))), []string{
		"logs.gb 0.5 = 0.25", "metric 38 = 11.40", "logs.gb 0.1 = 0.05", "fargate.arm64.gb 2 x 730 = 5.20", "fargate.arm64.vcpu 1 x 730 = 23.64", "logs.stored.gb 0 = 0.00"}},
	"cluster with enhanced insights": {append(app(nil), resource(tCluster, "app", insights("enhanced"))), []string{
		"logs.gb 0.5 = 0.25", "insights.enhanced.metric 110 = 7.70", "logs.gb 0.1 = 0.05", "fargate.arm64.gb 2 x 730 = 5.20", "fargate.arm64.vcpu 1 x 730 = 23.64", "logs.stored.gb 0 = 0.00"}},
	"machine": {[]pricing.Resource{resource(tMachine, "host", object{"instanceType": "t4g.nano", "rootBlockDevice": object{"volumeSize": 10.0, "volumeType": "gp3"}, "associatePublicIpAddress": true, "monitoring": true})},
		[]string{"ipv4.hour 1 x 730 = 3.65", "metric 7 = 2.10", "ebs.gp3 10 = 0.80", "ec2.t4g.nano 1 x 730 = 3.07"}},
	"scaling group": {[]pricing.Resource{resource(tGroup, "nat", group), resource(tTemplate, "nat", with(template, object{"networkInterfaces": []any{object{"associatePublicIpAddress": "true"}}}))},
		[]string{"ipv4.hour 1 x 730 = 3.65", "ebs.gp3 8 = 0.64", "ec2.t4g.nano 1 x 730 = 3.07"}},
	"scaling group with an address": {[]pricing.Resource{
		resource(tGroup, "nat", with(group, object{"desiredCapacity": 2.0})), resource(tAddress, "nat", nil),
		resource(tTemplate, "nat", with(template, object{"monitoring": object{"enabled": true}, "networkInterfaces": []any{object{"associatePublicIpAddress": "true"}}, "blockDeviceMappings": []any{object{"ebs": object{"volumeSize": 8.0, "volumeType": "gp3"}}, object{"ebs": object{"volumeSize": 4.0}}}}))},
		[]string{"ipv4.hour 1 x 730 = 3.65", "metric 14 = 4.20", "ebs.gp3 24 = 1.92", "ec2.t4g.nano 2 x 730 = 6.13"}},

	"database": {[]pricing.Resource{resource(tInstance, "db", postgres)},
		[]string{"rds.backup 0 = 0.00", "rds.single.db.t4g.micro 1 x 730 = 11.68", "rds.single.gp3 20 = 2.30"}},
	"database in two zones, watched": {[]pricing.Resource{resource(tInstance, "db", with(postgres, object{"multiAz": true, "instanceClass": "db.t4g.small", "manageMasterUserPassword": true, "enabledCloudwatchLogsExports": []any{"postgresql"}, "monitoringInterval": 30.0, "performanceInsightsRetentionPeriod": 7.0}))},
		[]string{"rds.backup 0 = 0.00", "logs.gb 0.8 = 0.40", "logs.gb 0.05 = 0.03", "secret 1 = 0.40", "rds.multi.db.t4g.small 1 x 730 = 47.45", "rds.multi.gp3 20 = 4.60", "logs.stored.gb 0 = 0.00"}},
	"read replica": {[]pricing.Resource{resource(tInstance, "db", postgres), resource(tInstance, "db-replica-1", object{"replicateSourceDb": "db", "instanceClass": "db.t4g.medium", "storageType": "gp3"})},
		[]string{"rds.backup 0 = 0.00", "rds.single.db.t4g.medium 1 x 730 = 47.45", "rds.single.db.t4g.micro 1 x 730 = 11.68", "rds.single.gp3 20 = 2.30", "rds.single.gp3 20 = 2.30"}},
	"table":              {[]pricing.Resource{resource(tTable, "locks", object{"billingMode": "PAY_PER_REQUEST"})}, nil},
	"buckets":            {[]pricing.Resource{resource("aws:s3/bucketV2:BucketV2", "media", nil), resource("aws:s3/bucket:Bucket", "logs", nil)}, []string{"s3.gb 1 = 0.02", "s3.gb 1 = 0.02"}},
	"images":             {[]pricing.Resource{resource("aws:ecr/repository:Repository", "app", nil)}, []string{"ecr.gb 2 = 0.20"}},
	"keys and secrets":   {[]pricing.Resource{resource("aws:kms/key:Key", "k", nil), resource("aws:secretsmanager/secret:Secret", "s", nil)}, []string{"kms.key 1 = 1.00", "secret 1 = 0.40"}},
	"alarm":              {[]pricing.Resource{resource(tAlarm, "cpu", object{"period": 60.0})}, []string{"alarm.metric 1 = 0.10"}},
	"alarm on a formula": {[]pricing.Resource{resource(tAlarm, "rate", object{"metricQueries": []any{object{"expression": "a/b"}, metricQuery(60), metricQuery(300)}})}, []string{"alarm.metric 2 = 0.20"}},
	"alarm each 10 s":    {[]pricing.Resource{resource(tAlarm, "fast", object{"period": 10.0})}, []string{"alarm.metric.highResolution 1 = 0.30"}},
	"formula each 10 s":  {[]pricing.Resource{resource(tAlarm, "fast", object{"metricQueries": []any{metricQuery(10)}})}, []string{"alarm.metric.highResolution 1 = 0.30"}},
	"composite alarm":    {[]pricing.Resource{resource("aws:cloudwatch/compositeAlarm:CompositeAlarm", "all", nil)}, []string{"alarm.composite 1 = 0.50"}},
	"four dashboards": {[]pricing.Resource{resource(tDashboard, "1", nil), resource(tDashboard, "2", nil), resource(tDashboard, "3", nil), resource(tDashboard, "4", nil)},
		[]string{"dashboard 1 = 0.00", "dashboard 1 = 0.00", "dashboard 1 = 0.00", "dashboard 1 = 3.00"}},
	"metric filters": {[]pricing.Resource{resource(tFilter, "quiet", object{"metricTransformation": object{"name": "n"}}), resource(tFilter, "zero", object{"metricTransformation": object{"name": "n", "defaultValue": "0"}})},
		[]string{"metric 0 = 0.00", "metric 1 = 0.30"}},
	"scaling policy": {[]pricing.Resource{resource(tPolicy, "cpu", object{"policyType": "TargetTrackingScaling"})}, []string{"alarm.metric 2 = 0.20"}},
}

func describe(line pricing.Line) string {
	hours := ""
	if line.Hours {
		hours = " x 730"
	}
	return fmt.Sprintf("%s %.6g%s = %.2f", line.Price, line.Count, hours, line.Monthly)
}

func TestRules(t *testing.T) {
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			estimate, err := list(t).Estimate(test.resources)
			if err != nil {
				t.Fatal(err)
			}
			got, total := []string{}, 0.0
			for _, line := range estimate.Lines {
				got = append(got, describe(line))
				total += line.Monthly
			}
			want := slices.Sorted(slices.Values(test.want))
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if diff := total - estimate.Total; diff > 0.001 || diff < -0.001 {
				t.Errorf("lines add up to %.2f, the total is %.2f", total, estimate.Total)
			}
		})
	}
}

func TestCasesCoverEveryRule(t *testing.T) {
	covered := map[string]bool{}
	for _, test := range cases {
		for _, res := range test.resources {
			covered[res.Type] = true
		}
	}
	for _, token := range pricing.PricedTypes() {
		if !covered[token] {
			t.Errorf("no case for %s", token)
		}
	}
}

// A price or assumption that no rule needs is one that nobody will correct.
func TestEveryPriceAndAssumptionIsUsed(t *testing.T) {
	needed := func(l *pricing.List) bool {
		for _, test := range cases {
			if _, err := l.Estimate(test.resources); err != nil {
				return true
			}
		}
		return false
	}
	for key := range list(t).Prices {
		// Classes are taken from the program.
		if strings.HasPrefix(key, "ec2.t4g.") || strings.Contains(key, ".db.") {
			continue
		}
		l := list(t)
		delete(l.Prices, key)
		if !needed(l) {
			t.Errorf("no rule uses the price %s", key)
		}
	}
	for key := range list(t).Assumptions {
		l := list(t)
		delete(l.Assumptions, key)
		if !needed(l) {
			t.Errorf("no rule uses the assumption %s", key)
		}
	}
}

func TestWhatCannotBePricedIsRefused(t *testing.T) {
	one := func(token string, properties object) []pricing.Resource {
		return []pricing.Resource{resource(token, "x", properties)}
	}
	for name, test := range map[string]struct {
		resources []pricing.Resource
		want      string
	}{
		"type without a rule":      {append(one("aws:sqs/queue:Queue", nil), resource("aws:sqs/queue:Queue", "y", nil), resource("random:index/randomId:RandomId", "z", nil)), "no price rule for aws:sqs/queue:Queue (x, y)\nno price rule for random:index/randomId:RandomId (z)"},
		"strategy":                 {one(tVPC, object{"natGateways": object{"strategy": "Two"}}), "awsx:ec2:Vpc x: no price rule for natGateways.strategy Two"},
		"endpoint":                 {one(tEndpoint, object{"vpcEndpointType": "GatewayLoadBalancer"}), "aws:ec2/vpcEndpoint:VpcEndpoint x: no price rule for vpcEndpointType GatewayLoadBalancer"},
		"zones not known":          {one(tEndpoint, object{"vpcEndpointType": "Interface"}), "aws:ec2/vpcEndpoint:VpcEndpoint x: no price rule for an unknown number of zones"},
		"flow log elsewhere":       {one(tFlowLog, object{"logDestinationType": "s3"}), "aws:ec2/flowLog:FlowLog x: no price rule for logDestinationType s3"},
		"network load balancer":    {one(tBalancer, object{"loadBalancerType": "network"}), "aws:lb/loadBalancer:LoadBalancer x: no price rule for loadBalancerType network"},
		"paid managed rules":       {one(tWebACL, object{"rules": []any{object{"statement": object{"managedRuleGroupStatement": object{"name": "AWSManagedRulesBotControlRuleSet"}}}}}), "aws:wafv2/webAcl:WebAcl x: no price rule for managed rule group AWSManagedRulesBotControlRuleSet"},
		"no task definition":       {one(tService, tasks), "aws:ecs/service:Service x: which aws:ecs/taskDefinition:TaskDefinition its taskDefinition means is not known"},
		"size not known":           {[]pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"cpu": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}))}, "aws:ecs/taskDefinition:TaskDefinition app: cpu is not known"},
		"size not a number":        {[]pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"memory": "1 GB"}))}, "aws:ecs/taskDefinition:TaskDefinition app: memory: 1 GB is not a number"},
		"other processor":          {[]pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"runtimePlatform": object{"cpuArchitecture": "RISCV"}}))}, "aws:ecs/taskDefinition:TaskDefinition app: no price rule for cpuArchitecture RISCV"},
		"Windows":                  {[]pricing.Resource{resource(tService, "app", tasks), resource(tDefinition, "app", with(definition, object{"runtimePlatform": object{"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}))}, "aws:ecs/taskDefinition:TaskDefinition app: no price rule for operatingSystemFamily WINDOWS_SERVER_2022_CORE"},
		"launch type EC2":          {app(object{"launchType": "EC2"}), `aws:ecs/service:Service app: no price rule for launchType "EC2"`},
		"launch type not given":    {app(object{"launchType": nil}), `aws:ecs/service:Service app: no price rule for launchType ""`},
		"other capacity provider":  {app(object{"capacityProviderStrategies": []any{object{"capacityProvider": "mine", "weight": 1.0}}}), `aws:ecs/service:Service app: no price rule for capacity provider "mine"`},
		"other insights":           {one(tCluster, insights("extra")), "aws:ecs/cluster:Cluster x: no price rule for containerInsights extra"},
		"machine class not known":  {one(tMachine, nil), "aws:ec2/instance:Instance x: instanceType is not known"},
		"machine class":            {one(tMachine, object{"instanceType": "m9g.large"}), "aws:ec2/instance:Instance x: no price for ec2.m9g.large: add it to the price list of us-east-1"},
		"disk":                     {one(tMachine, object{"instanceType": "t4g.nano", "rootBlockDevice": object{"volumeType": "io2"}}), "aws:ec2/instance:Instance x: no price rule for volumeType io2"},
		"group without template":   {one(tGroup, group), "aws:autoscaling/group:Group x: which aws:ec2/launchTemplate:LaunchTemplate its launchTemplate.id means is not known"},
		"engine":                   {one(tInstance, with(postgres, object{"engine": "mysql"})), `aws:rds/instance:Instance x: no price rule for engine "mysql"`},
		"storage":                  {one(tInstance, with(postgres, object{"storageType": "io1"})), `aws:rds/instance:Instance x: no price rule for storageType "io1"`},
		"provisioned IOPS":         {one(tInstance, with(postgres, object{"iops": 12000.0})), "aws:rds/instance:Instance x: no price rule for iops"},
		"provisioned throughput":   {one(tInstance, with(postgres, object{"storageThroughput": 500.0})), "aws:rds/instance:Instance x: no price rule for storageThroughput"},
		"advanced insights":        {one(tInstance, with(postgres, object{"databaseInsightsMode": "advanced"})), "aws:rds/instance:Instance x: no price rule for databaseInsightsMode advanced"},
		"long insights":            {one(tInstance, with(postgres, object{"performanceInsightsRetentionPeriod": 731.0})), "aws:rds/instance:Instance x: no price rule for 731 days of Performance Insights"},
		"storage not known":        {one(tInstance, with(postgres, object{"allocatedStorage": nil})), "aws:rds/instance:Instance x: allocatedStorage is not known"},
		"database class":           {one(tInstance, with(postgres, object{"instanceClass": "db.x9.huge"})), "aws:rds/instance:Instance x: no price for rds.single.db.x9.huge: add it to the price list of us-east-1"},
		"replica without a source": {one(tInstance, with(postgres, object{"replicateSourceDb": "elsewhere"})), "aws:rds/instance:Instance x: which aws:rds/instance:Instance its replicateSourceDb means is not known"},
		"provisioned table":        {one(tTable, object{"billingMode": "PROVISIONED"}), `aws:dynamodb/table:Table x: no price rule for billingMode "PROVISIONED"`},
		"step scaling":             {one(tPolicy, object{"policyType": "StepScaling"}), "aws:appautoscaling/policy:Policy x: no price rule for policyType StepScaling"},
	} {
		t.Run(name, func(t *testing.T) {
			estimate, err := list(t).Estimate(test.resources)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if estimate != nil {
				t.Errorf("an estimate beside the error: %+v", estimate)
			}
		})
	}
}

// A service names its task definition by ARN. While that is not known, as in a
// preview, names and components tell; names that begin alike do not confuse.
func TestServiceFindsItsTaskDefinition(t *testing.T) {
	small := with(definition, object{"cpu": "256", "memory": "512"})
	for name, test := range map[string]struct {
		reference any
		others    []pricing.Resource
	}{
		"by ARN":              {"arn:aws:ecs:us-east-1:111122223333:task-definition/app:12", []pricing.Resource{resource(tDefinition, "app-command", small)}},
		"by Pulumi's name":    {"arn:aws:ecs:us-east-1:111122223333:task-definition/app-0a1b2c3:1", []pricing.Resource{resource(tDefinition, "app-command", small)}},
		"by its own name":     {"04da6b54-80e4-46f7-96ec-b56ff0331ba9", []pricing.Resource{resource(tDefinition, "app-command", small)}},
		"by its only partner": {"04da6b54-80e4-46f7-96ec-b56ff0331ba9", []pricing.Resource{{Type: tDefinition, Name: "x", Component: "other", Properties: small}}},
	} {
		t.Run(name, func(t *testing.T) {
			resources := append([]pricing.Resource{
				resource(tService, "app", with(tasks, object{"taskDefinition": test.reference, "desiredCount": 1.0})), resource(tDefinition, "app", definition),
			}, test.others...)
			if name == "by its only partner" {
				resources[1].Name = "definition"
			}
			estimate, err := list(t).Estimate(resources)
			if err != nil {
				t.Fatal(err)
			}
			if got := estimate.Total; got != 14.45 {
				t.Errorf("got %.2f", got)
			}
		})
	}
}
