package mocktest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ownAccount is where programs run.
const ownAccount = "111122223333"

// calls are the answers of AWS to the functions that programs call.
var calls = map[string]map[string]any{
	"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ownAccount},
	"aws:index/getPartition:getPartition":           {"partition": "aws", "dnsSuffix": "amazonaws.com"},
	"aws:route53/getZone:getZone":                   {"zoneId": "Z0123456789"},
	"aws:ecr/getAuthorizationToken:getAuthorizationToken": {
		"userName": "AWS", "password": "token", "proxyEndpoint": "https://111122223333.dkr.ecr.us-east-1.amazonaws.com",
	},
}

// region is where programs run whose configuration names none.
const region = "us-east-1"

// standing is the stack whose network there is already, with the range of staging
// and in the zones a and b.
const standing = "standing"

// Standing is what there is already of the environment that a program is for.
type Standing struct {
	// VPCs are those that its security groups are in.
	VPCs []string
	// Zone is that of its database, "us-east-1b", empty for none.
	Zone string
	// Standby reports that the database has a standby.
	Standby bool
	// Subnets are how many the database and its standby may be in.
	Subnets int
	// StorageGiB is what the database has by now.
	StorageGiB int
}

// WithStanding is an option of Run: what there is already.
func WithStanding(found Standing) pulumi.RunOption {
	return func(info *pulumi.RunInfo) {
		if recording, ok := info.Mocks.(*Recording); ok {
			recording.standing = found
		}
	}
}

// look answers functions that look for what there is of an environment.
func (r *Recording) look(args pulumi.MockCallArgs, own bool) (map[string]any, bool) {
	switch args.Token {
	case "aws:ec2/getSecurityGroups:getSecurityGroups":
		vpcs := []any{}
		for _, vpc := range r.standing.VPCs {
			if own {
				vpcs = append(vpcs, vpc, vpc) // two groups in each
			}
		}
		return map[string]any{"vpcIds": vpcs}, true
	case "aws:rds/getInstances:getInstances":
		ids := []any{}
		if own && r.standing.Zone != "" {
			ids = append(ids, "standing-database")
		}
		return map[string]any{"instanceIdentifiers": ids}, true
	case "aws:rds/getInstance:getInstance":
		return map[string]any{"availabilityZone": r.standing.Zone, "multiAz": r.standing.Standby, "allocatedStorage": r.standing.StorageGiB, "dbSubnetGroup": "standing-group"}, true
	case "aws:rds/getSubnetGroup:getSubnetGroup":
		return map[string]any{"subnetIds": slices.Repeat([]any{"subnet"}, r.standing.Subnets)}, true
	}
	return nil, false
}

// find answers functions that look for something: the network of the project's stack
// staging, in two zones, which other stacks share, and that of standing. The account
// has used RDS before, and its role of ECS was made by this project. Of the services
// with interface endpoints, ecs-agent takes no policy.
func (r *Recording) find(args pulumi.MockCallArgs) (map[string]any, error) {
	tags := map[string]string{}
	if given := args.Args["tags"]; given.IsObject() {
		for key, value := range given.ObjectValue() {
			tags[string(key)] = value.StringValue()
		}
	}
	if answer, known := r.look(args, tags["project"] == r.project && tags["environment"] == r.stack); known {
		return answer, nil
	}
	ids := []any{}
	switch args.Token {
	case "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider":
		if r.provider == nil {
			return nil, errors.New("finding IAM OIDC Provider by url: not found")
		}
		return r.provider, nil
	case "aws:iam/getRoles:getRoles":
		names := map[string][]any{"/aws-service-role/ecs.amazonaws.com/": {"AWSServiceRoleForECS"}, "/aws-service-role/rds.amazonaws.com/": {"AWSServiceRoleForRDS"}}
		return map[string]any{"names": names[args.Args["pathPrefix"].StringValue()]}, nil
	case "aws:iam/getRole:getRole":
		tags := map[string]any{}
		if args.Args["name"].StringValue() == "AWSServiceRoleForECS" {
			tags["project"] = strings.TrimSuffix(r.project, "-bootstrap") + "-bootstrap"
		}
		return map[string]any{"name": args.Args["name"].StringValue(), "tags": tags}, nil
	case "aws:ec2/getVpcs:getVpcs":
		if tags["Name"] == r.project+"-"+standing+"-network" && tags["project"] == r.project && tags["environment"] == standing {
			ids = append(ids, standing+"_vpc")
		}
		// That of staging is there for those who share it.
		if r.stack != "staging" && tags["Name"] == r.project+"-staging-network" && tags["project"] == r.project && tags["environment"] == "staging" {
			ids = append(ids, "shared_vpc")
		}
		return map[string]any{"ids": ids}, nil
	case "aws:ec2/getVpcEndpointService:getVpcEndpointService":
		name := args.Args["serviceName"].StringValue()
		return map[string]any{"serviceName": name, "vpcEndpointPolicySupported": !strings.HasSuffix(name, ".ecs-agent")}, nil
	case "aws:ecr/getRepository:getRepository":
		name := args.Args["name"].StringValue()
		return map[string]any{
			"arn": "arn:aws:ecr:us-east-1:111122223333:repository/" + name, "registryId": "111122223333",
			"repositoryUrl": "111122223333.dkr.ecr.us-east-1.amazonaws.com/" + name,
		}, nil
	case "aws:ecr/getImage:getImage":
		account, image := args.Args["registryId"].StringValue(), args.Args["imageTag"].StringValue()
		if account != ownAccount {
			image = account + "/" + image
		}
		if digest := r.images[image]; digest != "" {
			uri := account + ".dkr.ecr." + r.region + ".amazonaws.com/" + args.Args["repositoryName"].StringValue() + "@" + digest
			return map[string]any{"imageDigest": digest, "imageUri": uri}, nil
		}
		return nil, errors.New("reading ECR Images: couldn't find resource")
	case "aws:ec2/getVpc:getVpc":
		if id := args.Args["id"]; id.IsString() {
			return map[string]any{"id": id.StringValue(), "cidrBlock": "10.10.0.0/16"}, nil
		}
		if tags["Name"] != r.project+"-staging-network" || tags["project"] != "" && tags["project"] != r.project {
			return nil, errors.New("no matching EC2 VPC found")
		}
		return map[string]any{"id": "shared_vpc"}, nil
	case "aws:ec2/getSubnets:getSubnets":
		for _, stack := range []string{"staging", standing} {
			kind, is := strings.CutPrefix(tags["Name"], r.project+"-"+stack+"-network-")
			if is && (strings.HasSuffix(kind, "-1") || strings.HasSuffix(kind, "-2")) {
				ids = append(ids, "shared_"+strings.ReplaceAll(kind, "-", "_"))
			}
		}
		return map[string]any{"ids": ids}, nil
	case "aws:ec2/getSubnet:getSubnet":
		zone := map[bool]string{true: "us-east-1a", false: "us-east-1b"}[strings.HasSuffix(args.Args["id"].StringValue(), "_1")]
		return map[string]any{"id": args.Args["id"].StringValue(), "availabilityZone": zone}, nil
	}
	return nil, fmt.Errorf("mocktest knows no answer to %s: add it to calls", args.Token)
}

// challenges are what ACM asks about each name of a certificate, the last one first.
func challenges(certificate resource.PropertyMap) []any {
	if !certificate["domainName"].IsString() {
		return nil
	}
	names := []resource.PropertyValue{certificate["domainName"]}
	if more := certificate["subjectAlternativeNames"]; more.IsArray() {
		names = append(names, more.ArrayValue()...)
	}
	asked := []any{}
	for _, name := range slices.Backward(names) {
		asked = append(asked, map[string]any{
			"domainName": name.StringValue(), "resourceRecordName": "_x." + name.StringValue(),
			"resourceRecordType": "CNAME", "resourceRecordValue": "_y.acm",
		})
	}
	return asked
}

// defaults are the outputs that AWS adds to a resource's inputs.
func defaults(project, stack string, args pulumi.MockResourceArgs) resource.PropertyMap {
	name := args.Name
	arn := func(service string) string { return "arn:aws:" + service + ":us-east-1:111122223333:" + name }
	values := map[string]map[string]any{
		"awsx:ec2:Vpc": awsxOutputs(project, stack, name, args.Inputs),
		"aws:acm/certificate:Certificate": {
			"arn":                     arn("acm"),
			"domainValidationOptions": challenges(args.Inputs),
		},
		"aws:acm/certificateValidation:CertificateValidation": {},
		"aws:cloudwatch/eventRule:EventRule":                  {"arn": arn("events"), "name": name},
		"aws:autoscaling/group:Group":                         {"arn": arn("autoscaling"), "name": name},
		"aws:dynamodb/table:Table":                            {"arn": arn("dynamodb"), "name": name},
		"aws:cloudwatch/logGroup:LogGroup":                    {"arn": arn("logs"), "name": name},
		"aws:ec2/eip:Eip":                                     {"allocationId": name + "_allocation", "publicIp": "203.0.113.10"},
		"aws:ec2/launchTemplate:LaunchTemplate":               {"arn": arn("ec2"), "latestVersion": 1},
		"aws:cloudwatch/metricAlarm:MetricAlarm":              {"arn": arn("cloudwatch")},
		"aws:ecr/repository:Repository": {
			"arn": arn("ecr"), "name": name, "registryId": "111122223333",
			"repositoryUrl": "111122223333.dkr.ecr.us-east-1.amazonaws.com/" + name,
		},
		"aws:ecs/cluster:Cluster":                 {"arn": arn("ecs"), "name": name},
		"aws:ecs/service:Service":                 {"name": name},
		"aws:ecs/taskDefinition:TaskDefinition":   {"arn": arn("ecs") + ":1"},
		"aws:iam/instanceProfile:InstanceProfile": {"arn": arn("iam") + "-profile", "name": name},
		"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
			"arn": "arn:aws:iam::111122223333:oidc-provider/" + name,
		},
		"aws:iam/policy:Policy":    {"arn": "arn:aws:iam::111122223333:policy/" + name},
		"aws:iam/role:Role":        {"arn": arn("iam"), "name": name},
		"aws:kms/key:Key":          {"arn": arn("kms"), "keyId": name + "_key"},
		"aws:lb/listener:Listener": {"arn": arn("elasticloadbalancing") + "/listener"},
		"aws:lb/loadBalancer:LoadBalancer": {
			"arn":       "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/" + name + "/0123456789abcdef",
			"arnSuffix": "app/" + name + "/0123456789abcdef",
			"dnsName":   name + "-1234.us-east-1.elb.amazonaws.com", "zoneId": "ZELB",
		},
		"aws:lb/targetGroup:TargetGroup": {
			"arn":       "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/" + name + "/0123456789abcdef",
			"arnSuffix": "targetgroup/" + name + "/0123456789abcdef",
		},
		"aws:wafv2/webAcl:WebAcl": {"arn": arn("wafv2")},
		"aws:cloudfront/distribution:Distribution": {
			"arn": "arn:aws:cloudfront::111122223333:distribution/" + name, "domainName": "d1234.cloudfront.net", "hostedZoneId": "ZCLOUDFRONT",
		},
		"aws:rds/instance:Instance": {
			"arn": arn("rds"), "address": name + ".rds.amazonaws.com", "endpoint": name + ".rds.amazonaws.com:5432",
			"masterUserSecrets": []any{map[string]any{"secretArn": arn("secretsmanager") + "-master"}},
		},
		"aws:rds/parameterGroup:ParameterGroup": {"name": name},
		"aws:rds/subnetGroup:SubnetGroup":       {"name": name + "-1a2b3c4"},
		"aws:route53/record:Record":             {"fqdn": name + ".example.com"},
		"aws:s3/bucketV2:BucketV2": {
			"arn": "arn:aws:s3:::" + name, "bucket": name, "bucketRegionalDomainName": name + ".s3.us-east-1.amazonaws.com",
		},
		"aws:secretsmanager/secret:Secret":               {"arn": arn("secretsmanager")},
		"aws:secretsmanager/secretVersion:SecretVersion": {"arn": arn("secretsmanager")},
		"aws:scheduler/scheduleGroup:ScheduleGroup":      {"arn": "arn:aws:scheduler:us-east-1:111122223333:schedule-group/" + name, "name": name},
		"aws:sns/topic:Topic":                            {"arn": arn("sns")},
		"aws:ssm/document:Document":                      {"arn": arn("ssm"), "name": name},
		"docker:index/registryImage:RegistryImage":       {"sha256Digest": "sha256:abc"},
	}
	return resource.NewPropertyMapFromMap(values[args.TypeToken])
}
