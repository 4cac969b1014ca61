package pricing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rule charges for one resource.
type rule func(*calculation, Resource) error

// rules are all types that cost money, or may.
var rules = map[string]rule{
	"awsx:ec2:Vpc":                                                    vpc,
	"aws:ec2/natGateway:NatGateway":                                   natGateway,
	"aws:ec2/eip:Eip":                                                 elasticAddress,
	"aws:ec2/vpcEndpoint:VpcEndpoint":                                 vpcEndpoint,
	"aws:ec2/flowLog:FlowLog":                                         flowLog,
	"aws:lb/loadBalancer:LoadBalancer":                                loadBalancer,
	"aws:wafv2/webAcl:WebAcl":                                         webACL,
	"aws:ec2/instance:Instance":                                       instance,
	"aws:autoscaling/group:Group":                                     scalingGroup,
	"aws:ecs/service:Service":                                         service,
	"aws:ecs/cluster:Cluster":                                         cluster,
	databaseInstance:                                                  database,
	"aws:dynamodb/table:Table":                                        table,
	"aws:s3/bucketV2:BucketV2":                                        bucket,
	"aws:s3/bucket:Bucket":                                            bucket,
	"aws:ecr/repository:Repository":                                   repository,
	"aws:kms/key:Key":                                                 key,
	"aws:secretsmanager/secret:Secret":                                secret,
	"aws:cloudwatch/metricAlarm:MetricAlarm":                          alarm,
	"aws:cloudwatch/compositeAlarm:CompositeAlarm":                    compositeAlarm,
	"aws:cloudwatch/dashboard:Dashboard":                              dashboard,
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":                  metricFilter,
	"aws:appautoscaling/policy:Policy":                                scalingPolicy,
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": webACLLog,
}

// free are the types that cost nothing at rest, with the reason where it is not
// that they are settings of something else.
var free = map[string]string{
	"aws:acm/certificate:Certificate":                                                            "public certificates are free",
	"aws:acm/certificateValidation:CertificateValidation":                                        "",
	"aws:appautoscaling/target:Target":                                                           "",
	"aws:autoscaling/lifecycleHook:LifecycleHook":                                                "",
	"aws:budgets/budget:Budget":                                                                  "budgets without actions are free",
	"aws:cloudfront/cachePolicy:CachePolicy":                                                     "",
	"aws:cloudfront/distribution:Distribution":                                                   "charged by request and GB only",
	"aws:cloudfront/originAccessControl:OriginAccessControl":                                     "",
	"aws:cloudfront/originRequestPolicy:OriginRequestPolicy":                                     "",
	"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy":                                 "",
	"aws:cloudwatch/eventRule:EventRule":                                                         "events of AWS services are free",
	"aws:cloudwatch/eventTarget:EventTarget":                                                     "",
	"aws:cloudwatch/logGroup:LogGroup":                                                           "charged with what writes to it",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":                                         "",
	"aws:cloudwatch/queryDefinition:QueryDefinition":                                             "a query costs what it reads",
	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":                                                "",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":                                          "",
	"aws:ec2/eipAssociation:EipAssociation":                                                      "",
	"aws:ec2/internetGateway:InternetGateway":                                                    "charged by GB only",
	"aws:ec2/launchTemplate:LaunchTemplate":                                                      "charged with what it launches",
	"aws:ec2/networkInterface:NetworkInterface":                                                  "",
	"aws:ec2/route:Route":                                                                        "",
	"aws:ec2/routeTable:RouteTable":                                                              "",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                                        "",
	"aws:ec2/securityGroup:SecurityGroup":                                                        "",
	"aws:ec2/securityGroupRule:SecurityGroupRule":                                                "",
	"aws:ec2/subnet:Subnet":                                                                      "",
	"aws:ec2/vpc:Vpc":                                                                            "",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                                                    "",
	"aws:ecr/repositoryPolicy:RepositoryPolicy":                                                  "",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders":                                  "",
	"aws:ecs/taskDefinition:TaskDefinition":                                                      "charged with the tasks that run",
	"aws:iam/instanceProfile:InstanceProfile":                                                    "",
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider":                                        "",
	"aws:iam/policy:Policy":                                                                      "",
	"aws:iam/role:Role":                                                                          "",
	"aws:iam/rolePolicy:RolePolicy":                                                              "",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                                          "",
	"aws:kms/alias:Alias":                                                                        "",
	"aws:lb/listener:Listener":                                                                   "",
	"aws:lb/listenerRule:ListenerRule":                                                           "",
	"aws:lb/targetGroup:TargetGroup":                                                             "",
	"aws:rds/eventSubscription:EventSubscription":                                                "",
	"aws:rds/parameterGroup:ParameterGroup":                                                      "",
	"aws:rds/subnetGroup:SubnetGroup":                                                            "",
	"aws:route53/record:Record":                                                                  "charged by query; the zone is not the program's",
	"aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2":                                 "",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "",
	"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     "",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "",
	"aws:s3/bucketPolicy:BucketPolicy":                                                           "",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "",
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               "",
	"aws:scheduler/schedule:Schedule":                                                            "14 million runs a month are free; a run costs its task's minutes",
	"aws:scheduler/scheduleGroup:ScheduleGroup":                                                  "",
	"aws:secretsmanager/secretPolicy:SecretPolicy":                                               "",
	"aws:secretsmanager/secretVersion:SecretVersion":                                             "",
	"aws:sns/topic:Topic":                                                                        "charged by message only",
	"aws:sns/topicPolicy:TopicPolicy":                                                            "",
	"aws:sns/topicSubscription:TopicSubscription":                                                "",
	"aws:ssm/document:Document":                                                                  "Session Manager is free",
	"aws:ssm/parameter:Parameter":                                                                "standard parameters are free",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":                                    "",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":                                  "",
	"aws:wafv2/ipSet:IpSet":                                                                      "",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                                              "",
}

// isFree reports whether a type costs nothing: it is listed, or it is not AWS's.
func isFree(token string) bool {
	if _, listed := free[token]; listed {
		return true
	}
	for _, prefix := range []string{"pulumi:", "slipway:", "docker:"} {
		if strings.HasPrefix(token, prefix) {
			return true
		}
	}
	return false
}

// unsupported is the error for a setting that would cost extra.
func unsupported(r Resource, setting string) error {
	return fmt.Errorf("%s: no price rule for %s", r, setting)
}

// PricedTypes lists the types that have a rule, sorted.
func PricedTypes() []string { return slices.Sorted(maps.Keys(rules)) }
