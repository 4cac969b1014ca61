package infra_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// naming are the inputs that name a resource in AWS, where it is not "name", the
// input that Pulumi fills with a random end.
var naming = map[string][]string{
	"aws:budgets/budget:Budget":                              {"name"},
	"aws:cloudwatch/dashboard:Dashboard":                     {"dashboardName"},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":     {"policyName"},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":         {"logGroupName", "name"},
	"aws:ecs/taskDefinition:TaskDefinition":                  {"family"},
	"aws:kms/alias:Alias":                                    {"name"},
	"aws:rds/instance:Instance":                              {"identifier"},
	"aws:s3/bucketV2:BucketV2":                               {"bucket"},
	"aws:scheduler/schedule:Schedule":                        {"groupName", "name"},
	"aws:route53/record:Record":                              {"zoneId", "name", "type"},
	"aws:iam/rolePolicy:RolePolicy":                          {"role", "name"},
	"aws:appautoscaling/policy:Policy":                       {"resourceId", "name"},
	"aws:appautoscaling/target:Target":                       {"resourceId"},
	"aws:sns/topic:Topic":                                    {"name"},
	"aws:ecr/repository:Repository":                          {"name"},
	"aws:cloudfront/originAccessControl:OriginAccessControl": {"name"},
}

// global are the services whose names an account, or the world, has once:
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
// Dashboards are too: their ARNs name no region.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
var global = []string{"aws:budgets/", "aws:cloudfront/", "aws:cloudwatch/dashboard:", "aws:iam/", "aws:route53/", "aws:s3/"}

// fixedName is the name that a resource has in AWS, with its scope, empty where
// Pulumi ends it with random characters.
func fixedName(res mocktest.Resource, region string) string {
	if strings.HasPrefix(res.Type, "docker:") {
		return "" // one repository holds the images of all environments, by content
	}
	inputs, known := naming[res.Type]
	if !known {
		inputs = []string{"name"}
	}
	var parts []string
	for _, input := range inputs {
		if value := res.Inputs[resource.PropertyKey(input)]; value.IsString() {
			parts = append(parts, value.StringValue())
		}
	}
	if len(parts) < len(inputs) {
		return ""
	}
	scope := region
	if slices.ContainsFunc(global, func(service string) bool { return strings.HasPrefix(res.Type, service) }) {
		scope = "global"
	}
	return fmt.Sprintf("%s %s %s", scope, res.Type, strings.Join(parts, " "))
}

// Two projects with the stacks of three environments each, in two regions of one
// account.
func TestNoNameOfOneIsThatOfAnother(t *testing.T) {
	owners := map[string]string{}
	for _, project := range []string{"slipway", "shop"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "Pulumi.staging.yaml")
		if err := os.WriteFile(file, []byte("config:\n  "+project+":vpcCidr: 10.10.0.0/16\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			for stack, file := range map[string]string{"staging": "staging", "prod": "prod", "review-7": "review"} {
				values := map[string]string{}
				for key, value := range stackValues(t, file) {
					values[strings.Replace(key, "slipway:", project+":", 1)] = value
				}
				values["aws:region"] = region
				for key, value := range map[string]string{
					"cdn": "true", "firewall": "true", "workerTasks": "1", "monthlyBudgetUsd": "50",
					"domain": strings.Join([]string{stack, project, region, "example.com"}, "."), "hostedZone": "example.com",
				} {
					values[project+":"+key] = value
				}
				if file != "review" {
					values[project+":adminHost"], values[project+":interfaceEndpoints"] = "true", `["logs"]`
				}
				environment := strings.Join([]string{project, stack, region}, " ")
				names := 0
				for _, res := range mocktest.MustRun(t, stack, values, infra.Deploy, root(dir), mocktest.Project(project)).All() {
					name := fixedName(res, region)
					if name == "" || !res.Custom {
						continue
					}
					names++
					if other, taken := owners[name]; taken && other != environment {
						t.Errorf("%s is a name of %s and of %s", name, other, environment)
					}
					owners[name] = environment
					if !strings.Contains(name, project) || !strings.Contains(name, stack) {
						t.Errorf("%s: %s does not name project and stack", environment, name)
					}
				}
				if names < 36 {
					t.Errorf("%s: only %d names were looked at", environment, names)
				}
			}
		}
	}
}
