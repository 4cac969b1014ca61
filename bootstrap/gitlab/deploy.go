package gitlab

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// deploy is what the program needs. Every statement is used: without it a named
// step of `up` or `destroy` fails (e2e/test_roles.py), those of edge for
// environments with a domain, a firewall or a CDN.
func (e *environmentPolicies) deploy() []area {
	return []area{
		{"state", e.deployState()},
		{"look", e.look()},
		{"network", append(e.deployNetwork(), e.deployInNetwork()...)},
		{"edge", e.deployEdge()},
		{"app", e.deployApp()},
		{"roles", e.deployRoles()},
		{"data", e.deployData()},
		{"observability", e.deployObservability()},
	}
}

// deployState is the stack's state, its lease and the secrets in it.
func (e *environmentPolicies) deployState() []policy.Statement {
	return []policy.Statement{
		{Sid: "StateBucket", Actions: []string{"s3:ListBucket", "s3:ListBucketVersions"}, Resources: []pulumi.StringInput{e.state.BucketARN}},
		{Sid: "StateMeta", Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.Sprintf("%s/.pulumi/meta.yaml", e.state.BucketARN)}},
		{
			Sid:       "StateObjects",
			Actions:   []string{"s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
			Resources: e.stateObjects("backups", "history", "locks", "stacks"),
		},
		{Sid: "StateSecrets", Actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"}, Resources: []pulumi.StringInput{e.state.KeyARN}},
		{
			Sid:       "Lease",
			Actions:   []string{"dynamodb:GetItem", "dynamodb:PutItem"},
			Resources: []pulumi.StringInput{e.state.TableARN},
		},
	}
}

// deployNetwork is the VPC and the host in it, which a guest has not.
func (e *environmentPolicies) deployNetwork() []policy.Statement {
	if e.guest {
		return []policy.Statement{{Sid: "Tags", Actions: []string{"ec2:CreateTags", "ec2:DeleteTags"}, Resources: everything, Conditions: e.inRegion()}}
	}
	return []policy.Statement{
		{
			Sid: "Network",
			Actions: []string{
				"ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway",
				"ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion",
				"ec2:CreateNatGateway", "ec2:CreateNetworkInterface", "ec2:CreateRoute", "ec2:CreateRouteTable",
				"ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
				"ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway",
				"ec2:DeleteNetworkInterface", "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSubnet", "ec2:DeleteTags",
				"ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DisassociateAddress",
				"ec2:DisassociateRouteTable", "ec2:ModifyNetworkInterfaceAttribute", "ec2:ModifySubnetAttribute",
				"ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute", "ec2:RunInstances",
			},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			Sid: "AdminHost",
			Actions: []string{
				"autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup",
				"autoscaling:DeleteLifecycleHook", "autoscaling:PutLifecycleHook", "autoscaling:StartInstanceRefresh", "autoscaling:UpdateAutoScalingGroup",
			},
			Resources: e.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/%s"),
		},
	}
}

// deployInNetwork is what an environment has in whatever network it is.
func (e *environmentPolicies) deployInNetwork() []policy.Statement {
	return []policy.Statement{
		{
			Sid: "SecurityGroups",
			Actions: []string{
				"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup",
				"ec2:DeleteSecurityGroup", "ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
				"ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
			},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			Sid: "LoadBalancing",
			Actions: []string{
				"elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer",
				"elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteListener",
				"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup",
				"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
				"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
				"elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets", "elasticloadbalancing:SetWebAcl",
			},
			Resources: e.arn("elasticloadbalancing", "listener/app/%s", "listener-rule/app/%s", "loadbalancer/app/%s", "targetgroup/%s"),
		},
		{
			Sid:       "SessionDocument",
			Actions:   []string{"ssm:AddTagsToResource", "ssm:CreateDocument", "ssm:DeleteDocument", "ssm:DescribeDocument", "ssm:DescribeDocumentPermission", "ssm:GetDocument", "ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion"},
			Resources: e.arn("ssm", "document/%s"),
		},
	}
}

// deployEdge is the certificate, its proof and the app's name in DNS, the firewall
// and the CDN.
func (e *environmentPolicies) deployEdge() []policy.Statement {
	return []policy.Statement{
		{
			// A certificate has no name to tell it by.
			Sid:        "Certificate",
			Actions:    []string{"acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:RequestCertificate"},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			Sid:       "Names",
			Actions:   []string{"route53:ChangeResourceRecordSets"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("arn:%s:route53:::hostedzone/*", e.account.Partition)},
		},
		{
			// AWS's rule groups and the load balancer are resources of these too:
			// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html
			Sid: "Firewall",
			Actions: []string{
				"wafv2:AssociateWebACL", "wafv2:CreateWebACL", "wafv2:DeleteLoggingConfiguration", "wafv2:DeleteWebACL", "wafv2:DisassociateWebACL",
				"wafv2:PutLoggingConfiguration", "wafv2:TagResource", "wafv2:UntagResource", "wafv2:UpdateWebACL",
			},
			Resources: append(e.arn("wafv2", "regional/webacl/%s"), e.account.ARN("wafv2", "regional/managedruleset/*"), e.account.ARN("elasticloadbalancing", "loadbalancer/app/"+e.prefix()+"-*")),
		},
		{
			// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
			Sid:        "FirewallLog",
			Actions:    []string{"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			// CloudFront gives its resources random names.
			Sid: "CDN",
			Actions: []string{
				"cloudfront:CreateDistribution", "cloudfront:CreateOriginAccessControl", "cloudfront:DeleteDistribution", "cloudfront:DeleteOriginAccessControl",
				"cloudfront:TagResource", "cloudfront:UntagResource", "cloudfront:UpdateDistribution", "cloudfront:UpdateOriginAccessControl",
			},
			Resources: []pulumi.StringInput{e.account.GlobalARN("cloudfront", "distribution/*"), e.account.GlobalARN("cloudfront", "origin-access-control/*")},
		},
	}
}

func (e *environmentPolicies) deployApp() []policy.Statement {
	return []policy.Statement{
		{Sid: "ClusterAndTasks", Actions: []string{"ecs:CreateCluster", "ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition"}, Resources: everything, Conditions: e.inRegion()},
		{
			Sid: "Services",
			Actions: []string{
				"ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServices",
				"ecs:PutClusterCapacityProviders", "ecs:RunTask", "ecs:StopTask", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateService",
			},
			Resources: e.arn("ecs", "cluster/%s", "service/%s", "task-definition/%s", "task/%s"),
		},
		{
			Sid: "Images",
			Actions: []string{
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
				"ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
			},
			Resources: e.repositories(),
		},
		{
			Sid: "Scaling",
			Actions: []string{
				"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
				"application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource",
			},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			Sid: "Schedules",
			Actions: []string{
				"scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup",
				"scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:TagResource", "scheduler:UpdateSchedule",
			},
			Resources: append(e.arn("scheduler", "schedule-group/%s", "schedule/%s"), e.account.ARN("scheduler", "schedule/default/*")),
		},
	}
}

// deployRoles lets the program make roles, within the boundary, and hand them to
// the services that use them.
func (e *environmentPolicies) deployRoles() []policy.Statement {
	roles := e.globalARN("iam", "role/%s")
	return []policy.Statement{
		{
			Sid:        "RolesWithinTheBoundary",
			Actions:    []string{"iam:CreateRole", "iam:PutRolePermissionsBoundary"},
			Resources:  roles,
			Conditions: is("iam:PermissionsBoundary", e.boundaryARN()),
		},
		{
			Sid: "Roles",
			Actions: []string{
				"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
				"iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
			},
			Resources: roles,
		},
		{
			Sid: "InstanceProfiles",
			Actions: []string{
				"iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:GetInstanceProfile",
				"iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile",
			},
			Resources: append(e.globalARN("iam", "instance-profile/%s"), roles...),
		},
		{
			Sid:       "PassRoles",
			Actions:   []string{"iam:PassRole"},
			Resources: roles,
		},
		{
			// The pipeline's own roles have the environment's prefix too.
			Sid:  "NotThePipelinesRoles",
			Deny: true,
			Actions: []string{
				"iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PassRole",
				"iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
			},
			Resources: []pulumi.StringInput{
				e.account.GlobalARN("iam", "role/"+e.prefix()+"-deploy"),
				e.account.GlobalARN("iam", "role/"+e.prefix()+"-preview"),
			},
		},
		{
			// Once per account: AWS makes these roles for services that need them.
			Sid:       "ServiceLinkedRoles",
			Actions:   []string{"iam:CreateServiceLinkedRole"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("iam", "role/aws-service-role/*")},
		},
	}
}

func (e *environmentPolicies) deployData() []policy.Statement {
	return []policy.Statement{
		{
			Sid: "Database",
			Actions: []string{
				"rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSnapshot",
				"rds:CreateDBSubnetGroup", "rds:DeleteDBInstance", "rds:DeleteDBParameterGroup", "rds:DeleteDBSubnetGroup",
				"rds:ModifyDBInstance", "rds:ModifyDBParameterGroup", "rds:ModifyDBSubnetGroup", "rds:RebootDBInstance",
				"rds:RemoveTagsFromResource", "rds:RestoreDBInstanceFromDBSnapshot",
			},
			Resources: e.arn("rds", "db:%s", "pg:%s", "snapshot:%s", "subgrp:%s"),
		},
		{
			Sid: "Buckets",
			Actions: []string{
				"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS",
				"s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
				"s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
				"s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListBucketVersions",
				"s3:PutBucketCORS", "s3:PutBucketLogging", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock",
				"s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
			},
			Resources: e.buckets(""),
		},
		{Sid: "EmptyBuckets", Actions: []string{"s3:DeleteObject", "s3:DeleteObjectVersion"}, Resources: e.buckets("/*")},
		{
			Sid: "Secrets",
			Actions: []string{
				"secretsmanager:CreateSecret", "secretsmanager:DeleteResourcePolicy", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret",
				"secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy", "secretsmanager:PutSecretValue",
				"secretsmanager:TagResource", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage",
			},
			Resources: e.arn("secretsmanager", "secret:%s"),
		},
		// Secrets Manager makes values up, of no secret.
		{Sid: "MakeUpSecrets", Actions: []string{"secretsmanager:GetRandomPassword"}, Resources: everything},
		{
			Sid:        "Keys",
			Actions:    []string{"kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			// RDS, Secrets Manager and others use the environment's keys with the
			// rights of whoever asks them. Stack review-7 is one of environment review.
			Sid:        "UseKeys",
			Actions:    []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"},
			Resources:  []pulumi.StringInput{e.account.ARN("kms", "key/*")},
			Conditions: e.tagged(),
		},
	}
}

func (e *environmentPolicies) deployObservability() []policy.Statement {
	return []policy.Statement{
		{
			Sid: "LogGroups",
			Actions: []string{
				"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DescribeMetricFilters", "logs:GetLogEvents",
				"logs:ListTagsForResource", "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
			Resources: []pulumi.StringInput{
				e.account.ARN("logs", "log-group:/aws/rds/instance/"+e.prefix()+"-*"),
				e.account.ARN("logs", "log-group:/"+e.state.Project+"/"+e.name+"/*"),
				e.account.ARN("logs", "log-group:/"+e.state.Project+"/"+e.name+"-*"),
				e.account.ARN("logs", "log-group:"+e.prefix()+"-*"),
				e.account.ARN("logs", "log-group:aws-waf-logs-"+e.prefix()+"-*"),
			},
		},
		{
			Sid:       "AlarmsAndDashboards",
			Actions:   []string{"cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"},
			Resources: append(e.arn("cloudwatch", "alarm:%s"), e.globalARN("cloudwatch", "dashboard/%s")...),
		},
		{
			Sid:       "Events",
			Actions:   []string{"events:DeleteRule", "events:DescribeRule", "events:ListTargetsByRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource"},
			Resources: append(e.arn("events", "rule/%s", "rule/default/%s"), e.account.ARN("events", "event-bus/default")),
		},
		{
			Sid:       "Notices",
			Actions:   []string{"sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource"},
			Resources: e.arn("sns", "%s"),
		},
		{
			// AWS knows no resource for it:
			// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
			Sid:        "Subscriptions",
			Actions:    []string{"sns:Unsubscribe"},
			Resources:  everything,
			Conditions: e.inRegion(),
		},
		{
			Sid:       "Budget",
			Actions:   []string{"budgets:CreateBudget", "budgets:CreateNotification", "budgets:DeleteBudget", "budgets:ModifyBudget", "budgets:TagResource"},
			Resources: everything,
		},
	}
}
