package recovery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
)

// named are the types whose ID is a name, by the input that holds it. Pulumi has
// chosen the name before it asked AWS, so that the operation under way tells it.
var named = map[string]string{
	"aws:autoscaling/group:Group":                        "name",
	"aws:cloudwatch/logGroup:LogGroup":                   "name",
	"aws:ecr/repository:Repository":                      "name",
	"aws:ecs/cluster:Cluster":                            "name",
	"aws:iam/instanceProfile:InstanceProfile":            "name",
	"aws:iam/role:Role":                                  "name",
	"aws:kms/alias:Alias":                                "name",
	"aws:rds/eventSubscription:EventSubscription":        "name",
	"aws:rds/instance:Instance":                          "identifier",
	"aws:rds/parameterGroup:ParameterGroup":              "name",
	"aws:rds/subnetGroup:SubnetGroup":                    "name",
	"aws:s3/bucketV2:BucketV2":                           "bucket",
	"aws:ec2/keyPair:KeyPair":                            "keyName",
	"aws:cloudwatch/dashboard:Dashboard":                 "dashboardName",
	"aws:cloudwatch/metricAlarm:MetricAlarm":             "name",
	"aws:cloudwatch/eventRule:EventRule":                 "name",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
}

// tagged are the types whose ID AWS chooses: what the Resource Groups Tagging API
// calls them, and whether the ID is the whole ARN or its last part.
var tagged = map[string]struct {
	kind     string
	wholeARN bool
}{
	"aws:acm/certificate:Certificate":                           {"acm:certificate", true},
	"aws:cloudfront/distribution:Distribution":                  {"cloudfront:distribution", false},
	"aws:ec2/eip:Eip":                                           {"ec2:elastic-ip", false},
	"aws:ec2/flowLog:FlowLog":                                   {"ec2:vpc-flow-log", false},
	"aws:ec2/internetGateway:InternetGateway":                   {"ec2:internet-gateway", false},
	"aws:ec2/launchTemplate:LaunchTemplate":                     {"ec2:launch-template", false},
	"aws:ec2/natGateway:NatGateway":                             {"ec2:natgateway", false},
	"aws:ec2/networkInterface:NetworkInterface":                 {"ec2:network-interface", false},
	"aws:ec2/routeTable:RouteTable":                             {"ec2:route-table", false},
	"aws:ec2/securityGroup:SecurityGroup":                       {"ec2:security-group", false},
	"aws:ec2/subnet:Subnet":                                     {"ec2:subnet", false},
	"aws:ec2/vpc:Vpc":                                           {"ec2:vpc", false},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           {"ec2:vpc-endpoint", false},
	"aws:kms/key:Key":                                           {"kms:key", false},
	"aws:lb/listener:Listener":                                  {"elasticloadbalancing:listener", true},
	"aws:lb/loadBalancer:LoadBalancer":                          {"elasticloadbalancing:loadbalancer", true},
	"aws:lb/targetGroup:TargetGroup":                            {"elasticloadbalancing:targetgroup", true},
	"aws:secretsmanager/secret:Secret":                          {"secretsmanager:secret", true},
	"aws:sns/topic:Topic":                                       {"sns", true},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {"ec2:security-group-rule", false},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"ec2:security-group-rule", false},
}

// harmless are the types that a second creation just writes again: settings of
// another resource, without a life of their own.
func harmless(typ string) bool {
	_, isNamed := named[typ]
	_, isTagged := tagged[typ]
	return !isNamed && !isTagged
}

// Tags finds resources by their tags.
type Tags struct {
	Client *resourcegroupstaggingapi.Client
}

// Find lists the ARNs of a kind of resource that have all of the tags.
func (t *Tags) Find(ctx context.Context, kind string, tags map[string]string) ([]string, error) {
	input := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{kind}}
	for key, value := range tags {
		input.TagFilters = append(input.TagFilters, types.TagFilter{Key: aws.String(key), Values: []string{value}})
	}
	var found []string
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(t.Client, input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for %s by tags: %w", kind, err)
		}
		for _, mapping := range page.ResourceTagMappingList {
			found = append(found, aws.ToString(mapping.ResourceARN))
		}
	}
	return found, nil
}

// finder is what identify asks.
type finder interface {
	Find(ctx context.Context, kind string, tags map[string]string) ([]string, error)
}

// identify lists the IDs that a resource may have whose creation was under way:
// none when it was not created. known are the IDs and ARNs in the state.
func identify(ctx context.Context, in finder, resource backend.Resource, known map[string]bool) ([]string, error) {
	if property, ok := named[resource.Type]; ok {
		name, _ := resource.Inputs[property].(string)
		if name == "" || known[name] {
			return nil, nil
		}
		return []string{name}, nil
	}
	how, ok := tagged[resource.Type]
	if !ok {
		return nil, nil
	}
	tags := map[string]string{}
	given, _ := resource.Inputs["tags"].(map[string]any)
	for key, value := range given {
		if text, ok := value.(string); ok && !strings.HasPrefix(key, "__") {
			tags[key] = text
		}
	}
	if len(tags) == 0 {
		return nil, nil
	}
	arns, err := in.Find(ctx, how.kind, tags)
	if err != nil {
		return nil, err
	}
	name, _ := resource.Inputs["name"].(string)
	var ids []string
	for _, arn := range arns {
		id := arn
		if !how.wholeARN {
			id = arn[strings.LastIndexAny(arn, ":/")+1:]
		}
		// Load balancers, target groups, secrets and topics have their name in the ARN.
		if known[arn] || known[id] || how.wholeARN && name != "" && !strings.Contains(arn, name) {
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}
