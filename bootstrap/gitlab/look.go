package gitlab

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// drift is what `pulumi preview --refresh` reads: the state with its secrets, and
// settings. It changes nothing, and reads no secret of the app.
func (e *environmentPolicies) drift() []area {
	return []area{
		{"state", slices.Concat(e.readState(), e.look(), e.lookUp())},
		{"read", e.readApp()},
		{"settings", e.readRest()},
	}
}

// watch is what a deploy is watched with: alarms, and the copy of the state that
// says which.
func (e *environmentPolicies) watch() []area {
	return []area{{"look", []policy.Statement{
		{Sid: "SharedState", Actions: []string{"s3:GetObject"}, Resources: e.shared()},
		{Sid: "Alarms", Actions: []string{"cloudwatch:DescribeAlarms"}, Resources: []pulumi.StringInput{e.account.ARN("cloudwatch", "alarm:*")}},
	}}}
}

// preview is what the program looks up, and the copy of the state without secrets:
// every branch may read it.
func (e *environmentPolicies) preview() []area {
	return []area{{"look", append([]policy.Statement{
		{Sid: "SharedState", Actions: []string{"s3:GetObject"}, Resources: e.shared()},
	}, e.lookUp()...)}}
}

// readState is the stack's state, and what Pulumi and the lease ask about it.
func (e *environmentPolicies) readState() []policy.Statement {
	bucket := []pulumi.StringInput{e.state.BucketARN}
	return []policy.Statement{
		{Sid: "StateBucket", Actions: []string{"s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"}, Resources: bucket},
		{
			Sid: "ReadState", Actions: []string{"s3:GetObject"},
			Resources: append(e.stateObjects("meta.yaml", "stacks/%s.*", "locks/organization/%s/*"), e.shared()...),
		},
		{Sid: "StateKey", Actions: []string{"kms:DescribeKey"}, Resources: []pulumi.StringInput{e.state.KeyARN}},
		e.stateSecrets("DecryptState", "kms:Decrypt"),
		e.lease("ReadLease", "dynamodb:GetItem"),
	}
}

// lookUp is what the program looks up before it registers anything: where it is,
// the network, the zone in DNS and the image.
func (e *environmentPolicies) lookUp() []policy.Statement {
	zones := []pulumi.StringInput{pulumi.String("arn:" + e.account.Partition + ":route53:::hostedzone/*")}
	return []policy.Statement{
		{
			Sid: "LookUp",
			Actions: []string{
				"ec2:DescribeAvailabilityZones", "ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
				"ecr:GetAuthorizationToken", "route53:ListHostedZones", "route53:ListHostedZonesByName",
			},
			Resources: everything,
		},
		{Sid: "LookUpVPC", Actions: []string{"ec2:DescribeVpcAttribute"}, Resources: e.kinds("ec2", "vpc"), Conditions: e.host()},
		{Sid: "LookUpZones", Actions: []string{"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"}, Resources: zones},
		{Sid: "LookUpImages", Actions: []string{"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListTagsForResource"}, Resources: e.sources()},
		{
			// AWS's own, such as the newest image of its Linux.
			Sid: "LookUpParameters", Actions: []string{"ssm:GetParameter", "ssm:GetParameters"},
			Resources: []pulumi.StringInput{pulumi.String("arn:" + e.account.Partition + ":ssm:" + e.account.Region + "::parameter/aws/service/*")},
		},
	}
}

// look is what AWS describes altogether or not at all: settings, no content.
func (e *environmentPolicies) look() []policy.Statement {
	return []policy.Statement{{
		Sid: "Look",
		Actions: []string{
			"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
			"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeInstanceRefreshes", "autoscaling:DescribeLifecycleHooks",
			"autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "autoscaling:DescribeWarmPool",
			"ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeFlowLogs", "ec2:DescribeImages",
			"ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates",
			"ec2:DescribeManagedPrefixLists", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces",
			"ec2:DescribePrefixLists", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeTags",
			"ec2:DescribeVpcEndpointServices", "ec2:DescribeVpcEndpoints",
			"ecs:DescribeTaskDefinition", "elasticloadbalancing:Describe*", "kms:ListAliases", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"s3:ListAllMyBuckets", "tag:GetResources",
		},
		Resources: everything,
	}}
}

// readApp is the settings of the app, its data and its roles.
func (e *environmentPolicies) readApp() []policy.Statement {
	inCluster := e.arn("ecs", "service/%s", "task/%s")
	return []policy.Statement{
		{
			Sid: "ListTasks", Actions: []string{"ecs:ListServices", "ecs:ListTasks"}, Resources: everything,
			Conditions: conditions{"ArnLike": {"ecs:cluster": e.account.ARN("ecs", "cluster/"+e.prefix()+"-*")}},
		},
		{
			Sid:       "ReadApp",
			Actions:   []string{"ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListTagsForResource"},
			Resources: append(e.arn("ecs", "cluster/%s", "task-definition/%s"), inCluster...),
		},
		{
			// The plugin looks for an instance by a filter, which AWS asks for on all.
			Sid: "ReadDatabases",
			Actions: []string{
				"rds:DescribeDBInstances", "rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:DescribeDBSnapshots",
				"rds:DescribeDBSubnetGroups", "rds:ListTagsForResource",
			},
			Resources: []pulumi.StringInput{
				e.account.ARN("rds", "db:*"), e.account.ARN("rds", "pg:*"), e.account.ARN("rds", "snapshot:*"), e.account.ARN("rds", "subgrp:*"),
			},
		},
		{
			Sid:       "ReadCertificatesAndKeys",
			Actions:   []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate"},
			Resources: e.kinds("acm", "certificate"), Conditions: e.own(),
		},
		{
			Sid:     "ReadCDN",
			Actions: []string{"cloudfront:GetDistribution", "cloudfront:GetOriginAccessControl", "cloudfront:ListTagsForResource"},
			Resources: []pulumi.StringInput{
				e.account.GlobalARN("cloudfront", "distribution/*"), e.account.GlobalARN("cloudfront", "origin-access-control/*"),
			},
		},
		{
			Sid: "ReadBuckets",
			Actions: []string{
				"s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
				"s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
				"s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration",
				"s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListBucketVersions",
			},
			Resources: e.buckets(""),
		},
		{
			Sid:       "ReadRoles",
			Actions:   []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"},
			Resources: e.roles(),
		},
		{
			Sid: "ReadProfiles", Actions: []string{"iam:GetInstanceProfile"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("iam", "instance-profile/"+e.state.Project+"/"+e.stack()+"/*")},
		},
		{
			Sid:       "ReadSecretSettings",
			Actions:   []string{"secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecretVersionIds"},
			Resources: e.arn("secretsmanager", "secret:%s"),
		},
		{
			Sid:       "ReadSchedules",
			Actions:   []string{"scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"},
			Resources: e.arn("scheduler", "schedule-group/%s", "schedule/%s"),
		},
	}
}

// readRest is the settings of what is round the app.
func (e *environmentPolicies) readRest() []policy.Statement {
	return []policy.Statement{
		{Sid: "ReadScaling", Actions: []string{"application-autoscaling:ListTagsForResource"}, Resources: e.kinds("application-autoscaling", "scalable-target"), Conditions: e.own()},
		{Sid: "ReadLogGroups", Actions: []string{"logs:DescribeMetricFilters", "logs:GetLogEvents", "logs:ListTagsForResource"}, Resources: e.logGroups()},
		{Sid: "ListAlarms", Actions: []string{"cloudwatch:DescribeAlarms"}, Resources: []pulumi.StringInput{e.account.ARN("cloudwatch", "alarm:*")}},
		{
			Sid: "ReadAlarms", Actions: []string{"cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"},
			Resources: []pulumi.StringInput{e.account.ARN("cloudwatch", "alarm:"+e.prefix()+"-*"), e.account.GlobalARN("cloudwatch", "dashboard/"+e.prefix()+"-*")},
		},
		{
			Sid: "ReadEvents", Actions: []string{"events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"},
			Resources: e.arn("events", "rule/%s"),
		},
		{
			Sid: "ReadNotices", Actions: []string{"sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource"},
			Resources: e.arn("sns", "%s"),
		},
		{
			Sid: "ReadBudget", Actions: []string{"budgets:ListTagsForResource", "budgets:ViewBudget"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("budgets", "budget/"+e.prefix()+"-*")},
		},
		{
			Sid: "ReadSessionDocument", Actions: []string{"ssm:DescribeDocument", "ssm:DescribeDocumentPermission", "ssm:GetDocument"},
			Resources: e.arn("ssm", "document/%s"),
		},
		{
			Sid: "ReadFirewall", Actions: []string{"wafv2:GetLoggingConfiguration", "wafv2:GetWebACL", "wafv2:ListTagsForResource"},
			Resources: e.arn("wafv2", "regional/webacl/%s"),
		},
		{
			Sid: "ReadFirewallBefore", Actions: []string{"elasticloadbalancing:GetLoadBalancerWebACL", "wafv2:GetWebACLForResource"},
			Resources: append(e.arn("elasticloadbalancing", "loadbalancer/app/%s"), e.arn("wafv2", "regional/webacl/%s")...),
		},
		{Sid: "ReadDNSChanges", Actions: []string{"route53:GetChange"}, Resources: []pulumi.StringInput{pulumi.String("arn:" + e.account.Partition + ":route53:::change/*")}},
	}
}
