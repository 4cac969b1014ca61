package infra_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

const (
	taskEndpoints     = `["ecr.api","ecr.dkr","logs","secretsmanager","ssmmessages"]`
	sharedWithStaging = "sharedNetwork=staging;vpcCidr=;nat=none;interfaceEndpoints=[];adminHost=false"
)

// options are the values that each option takes in the tests, besides those of the
// stacks' files. Values that go together stand in one text, "key=value;key=value".
var options = map[string][]string{
	"owner":                 {"owner=another-team"},
	"sharedNetwork":         {sharedWithStaging, "sharedNetwork=;vpcCidr=10.99.0.0/16;nat=single"},
	"vpcCidr":               {"vpcCidr=10.99.0.0/16"},
	"zones":                 {`zones=["a","b"]`, `zones=["a","b","c"]`, `zones=["a","b","c","d"]`},
	"nat":                   {"nat=none", "nat=instance", "nat=single", "nat=perZone", "nat=none;adminHost=false;interfaceEndpoints=" + taskEndpoints},
	"interfaceEndpoints":    {"interfaceEndpoints=[]", "interfaceEndpoints=" + taskEndpoints},
	"adminHost":             {"adminHost=true", "adminHost=false", "adminHost=true;nat=perZone", "adminHost=true;nat=instance", "adminHost=false;nat=instance"},
	"domain":                {"domain=;hostedZone=", "domain=recipes.example.com;hostedZone=example.com", "domain=www.example.com;hostedZone=example.com"},
	"hsts":                  {"hsts=host", "hsts=subdomains", "hsts=preload"},
	"redirectDomains":       {"redirectDomains=[]", `redirectDomains=["www.example.com"]`},
	"firewall":              {"firewall=true", "firewall=false"},
	"cdn":                   {"cdn=true", "cdn=false"},
	"protect":               {"protect=true", "protect=false", `protect=true;databaseFinalSnapshot=true;domain=a.example.com;hostedZone=example.com;onDemandTasks=1;alarmEmails=["a@example.com"]`},
	"permissionsBoundary":   {"permissionsBoundary=", "permissionsBoundary=another"},
	"imageAccount":          {"imageAccount=", "imageAccount=111122223333", "imageAccount=222233334444"},
	"architecture":          {"architecture=arm64", "architecture=amd64"},
	"taskCpu":               {"taskCpu=512;taskMemoryMiB=1024"},
	"minTasks":              {"minTasks=1", "minTasks=2"},
	"maxTasks":              {"maxTasks=1", "maxTasks=20"},
	"onDemandTasks":         {"onDemandTasks=0", "onDemandTasks=1", "onDemandTasks=2", "onDemandTasks=2;maxTasks=2"},
	"workerTasks":           {"workerTasks=0", "workerTasks=1", "workerTasks=2"},
	"containerInsights":     {"containerInsights=true", "containerInsights=false"},
	"databaseClass":         {"databaseClass=db.t4g.small", "databaseClass=db.m7g.large"},
	"databaseStorageGiB":    {"databaseStorageGiB=40"},
	"databaseMultiAz":       {"databaseMultiAz=true", "databaseMultiAz=false"},
	"databaseBackupDays":    {"databaseBackupDays=7"},
	"databaseFinalSnapshot": {"databaseFinalSnapshot=true", "databaseFinalSnapshot=false"},
	"databaseSnapshot":      {"databaseSnapshot=", "databaseSnapshot=one", "databaseSnapshot=another"},
	"mediaCorsOrigins":      {"mediaCorsOrigins=[]", `mediaCorsOrigins=["https://www.example.com"]`},
	"logRetentionDays":      {"logRetentionDays=7", "logRetentionDays=90"},
	"alarmEmails":           {"alarmEmails=[]", `alarmEmails=["a@example.com"]`, `alarmEmails=["a@example.com","b@example.com"]`},
	"monthlyBudgetUsd":      {"monthlyBudgetUsd=0", "monthlyBudgetUsd=50"},
}

// singular are the inputs that name what AWS takes once, by type. Pulumi creates
// the new before it deletes the old: a second resource for the same thing is
// refused by AWS, or overwrites the first and is then deleted with it.
var singular = map[string][]string{
	"aws:ec2/route:Route":                                                  {"routeTableId", "destinationCidrBlock"},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                                      {"vpcId", "serviceName"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":                    {"vpcId"},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":            {"securityGroupId", "cidrIpv4", "referencedSecurityGroupId", "ipProtocol", "fromPort", "toPort"},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":              {"securityGroupId", "cidrIpv4", "referencedSecurityGroupId", "ipProtocol", "fromPort", "toPort"},
	"aws:lb/listener:Listener":                                             {"loadBalancerArn", "port"},
	"aws:route53/record:Record":                                            {"zoneId", "name", "type"},
	"aws:wafv2/webAclAssociation:WebAclAssociation":                        {"resourceArn"},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration":      {"resourceArn"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders":            {"clusterName"},
	"aws:appautoscaling/target:Target":                                     {"resourceId", "scalableDimension"},
	"aws:cloudwatch/logGroup:LogGroup":                                     {"name"},
	"aws:kms/alias:Alias":                                                  {"name"},
	"aws:s3/bucketPolicy:BucketPolicy":                                     {"bucket"},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":               {"bucket"},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                         {"bucket"},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {"bucket"},
	"aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2":           {"bucket"},
	"aws:sns/topicPolicy:TopicPolicy":                                      {"arn"},
	"aws:sns/topicSubscription:TopicSubscription":                          {"topic", "protocol", "endpoint"},
}

// Every option of every stack, at every value: it comes up, or one error says
// before anything which keys are wrong. What AWS takes once has one identity in
// all of them, so that each can become each other one.
func TestEveryOptionTakesEveryValueFromEveryStack(t *testing.T) {
	for _, stack := range []string{"staging", "prod", "review"} {
		t.Run(stack, func(t *testing.T) {
			own := stackValues(t, stack)
			identity, refused := map[string]string{}, map[string]string{}
			t.Parallel()
			up := func(change string) {
				values := maps.Clone(own)
				for _, part := range strings.Split(change, ";") {
					if key, value, found := strings.Cut(part, "="); found {
						values["slipway:"+key] = value
					}
				}
				if change != "" && maps.Equal(values, own) {
					return
				}
				got, err := mocktest.Run(t, stack, values, infra.Deploy, root("."))
				if err != nil {
					// Looking up a shared network comes with the first resources, in a preview too.
					if !strings.Contains(err.Error(), "slipway:") && !strings.Contains(err.Error(), "network.Zones: ") {
						t.Errorf("%s: the error names no key: %v", change, err)
					}
					if strings.Contains(err.Error(), "slipway:") && len(got.Keys()) > 0 {
						t.Errorf("%s: refused after %v", change, got.Keys())
					}
					refused[change] = err.Error()
					return
				}
				for _, res := range got.All() {
					if thing := what(res); thing != "" {
						if was, known := identity[thing]; known && was != res.URN {
							t.Errorf("%s: %s is one resource before and another after:\n%s\n%s", change, thing, was, res.URN)
						}
						identity[thing] = res.URN
					}
				}
			}
			up("")
			for _, option := range slices.Sorted(maps.Keys(options)) {
				for _, change := range options[option] {
					up(change)
				}
			}
			if len(identity) < 20 {
				t.Errorf("only %d things are looked at", len(identity))
			}
			mocktest.Equal(t, "refused", slices.Sorted(maps.Keys(refused)), refusals[stack])
		})
	}
}

// refusals are the changes that a stack's other values don't allow.
var refusals = map[string][]string{
	"staging": {"hsts=preload", "hsts=subdomains", "imageAccount=222233334444", "nat=none", "protect=true", `redirectDomains=["www.example.com"]`, sharedWithStaging},
	"prod":    {"alarmEmails=[]", "databaseFinalSnapshot=false", "domain=;hostedZone=", "imageAccount=222233334444", "maxTasks=1", "nat=none", "onDemandTasks=0", sharedWithStaging},
	"review": {
		"adminHost=false;nat=instance", "adminHost=true", "adminHost=true;nat=instance", "adminHost=true;nat=perZone",
		"hsts=preload", "hsts=subdomains", "imageAccount=111122223333", "imageAccount=222233334444", "interfaceEndpoints=" + taskEndpoints, "nat=instance", "nat=none;adminHost=false;interfaceEndpoints=" + taskEndpoints,
		"nat=perZone", "nat=single", "protect=true",
		`protect=true;databaseFinalSnapshot=true;domain=a.example.com;hostedZone=example.com;onDemandTasks=1;alarmEmails=["a@example.com"]`,
		`redirectDomains=["www.example.com"]`, "vpcCidr=10.99.0.0/16", `zones=["a","b","c","d"]`, `zones=["a","b","c"]`,
	},
}

// what names the thing in AWS that a resource is, when there can be one only.
func what(res mocktest.Resource) string {
	var values []string
	for _, key := range singular[res.Type] {
		if value, given := res.Inputs[resource.PropertyKey(key)]; given {
			values = append(values, fmt.Sprintf("%s %v", key, value))
		}
	}
	if len(values) == 0 {
		return ""
	}
	return res.Type + " " + strings.Join(values, ", ")
}

// No option was forgotten.
func TestEveryOptionIsTried(t *testing.T) {
	for key := range stackValues(t, "staging") {
		option, own := strings.CutPrefix(key, "slipway:")
		if _, tried := options[option]; own && !tried && !slices.Contains([]string{"hostedZone", "taskMemoryMiB"}, option) {
			t.Errorf("%s is not tried", option)
		}
	}
}

// What an image is looked for in is checked first: nothing is created by an `up`
// that would find none.
func TestWithoutAnImageNothingIsCreated(t *testing.T) {
	elsewhere := stackValues(t, "prod")
	elsewhere["slipway:imageAccount"] = "222233334444"
	noRepository := mocktest.WithRefusals(func(token string) error {
		if token == "aws:ecr/getRepository:getRepository" {
			return errors.New("RepositoryNotFoundException")
		}
		return nil
	})
	for want, run := range map[string]func() (*mocktest.Recording, error){
		"slipway:imageAccount: account 222233334444 has no image slipway:": func() (*mocktest.Recording, error) {
			return mocktest.Run(t, "prod", elsewhere, infra.Deploy, root("."))
		},
		"make bootstrap": func() (*mocktest.Recording, error) {
			return mocktest.Run(t, "prod", stackValues(t, "prod"), infra.Deploy, root("."), noRepository)
		},
	} {
		got, err := run()
		if err == nil || !strings.Contains(err.Error(), want) || len(got.Keys()) > 0 {
			t.Errorf("got %v after %v, want %s", err, got.Keys(), want)
		}
	}
}
