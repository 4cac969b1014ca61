package gitlab

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// deploy is what the program needs: what drift reads, and the changes. A role takes
// ten policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (e *environmentPolicies) deploy() []area {
	areas := []area{
		{"state", slices.Concat(e.readState(), e.writeState(), e.look(), e.lookUp())},
		{"read", e.readApp()},
		{"settings", e.readRest()},
		{"groups", e.deployGroups()},
		{"app", e.deployApp()},
		{"data", e.deployData()},
		{"roles", slices.Concat(e.deployRoles(), e.deployKeys(), e.deployObservability())},
	}
	if e.guest() {
		return append(areas, area{"balancing", e.deployLoadBalancing()})
	}
	areas = append(areas, area{"network", e.deployNetwork()}, area{"balancing", append(e.deployLoadBalancing(), e.deployHost()...)})
	if edge := e.deployEdge(); len(edge) > 0 {
		areas = append(areas, area{"edge", edge})
	}
	return areas
}

// writeState is the stack's state, its copy for previews, its lease and the secrets
// in it.
func (e *environmentPolicies) writeState() []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "WriteState",
			Actions:   []string{"s3:DeleteObject", "s3:GetObjectVersion", "s3:PutObject"},
			Resources: e.stateObjects("backups/%s/*", "history/%s/*", "locks/organization/%s/*", "stacks/%s.*"),
		},
		{Sid: "ReadHistory", Actions: []string{"s3:GetObject"}, Resources: e.stateObjects("backups/%s/*", "history/%s/*")},
		{Sid: "ShareState", Actions: []string{"s3:PutObject"}, Resources: e.shared()},
		e.stateSecrets("EncryptState", "kms:Encrypt"),
		e.lease("TakeLease", "dynamodb:PutItem"),
	}
}

// stateSecrets is an action on the state's key for this stack's secrets, which are
// encrypted with its name.
func (e *environmentPolicies) stateSecrets(sid, action string) policy.Statement {
	return policy.Statement{
		Sid: sid, Actions: []string{action}, Resources: []pulumi.StringInput{e.state.KeyARN},
		Conditions: conditions{e.equals(): {"kms:EncryptionContext:stack": pulumi.String(e.stack())}},
	}
}

// lease is an action on the stack's row of the leases' table. ForAllValues is true
// of a request without a key, which Null rules out.
func (e *environmentPolicies) lease(sid, action string) policy.Statement {
	return policy.Statement{
		Sid: sid, Actions: []string{action}, Resources: []pulumi.StringInput{e.state.TableARN},
		Conditions: conditions{
			"ForAllValues:" + e.equals(): {"dynamodb:LeadingKeys": pulumi.String(e.state.Project + "/" + e.stack())},
			"Null":                       {"dynamodb:LeadingKeys": pulumi.String("false")},
		},
	}
}

// deployNetwork is the VPC. EC2 asks for the right to make something on what is
// made, which has the request's tags, and on what it is made in, which has its own:
// no statement has a kind in both places.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
func (e *environmentPolicies) deployNetwork() []policy.Statement {
	return []policy.Statement{
		{
			Sid:        "MakeNetwork",
			Actions:    []string{"ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreateVpc"},
			Resources:  e.kinds("ec2", "elastic-ip", "internet-gateway", "launch-template", "vpc"),
			Conditions: e.made(),
		},
		{
			Sid:        "MakeInVPC",
			Actions:    []string{"ec2:CreateRouteTable", "ec2:CreateSubnet"},
			Resources:  e.kinds("ec2", "route-table", "subnet"),
			Conditions: e.made(),
		},
		{
			Sid:        "MakeInSubnet",
			Actions:    []string{"ec2:CreateNatGateway", "ec2:CreateNetworkInterface", "ec2:CreateVpcEndpoint"},
			Resources:  e.kinds("ec2", "natgateway", "network-interface", "vpc-endpoint"),
			Conditions: e.made(),
		},
		{
			Sid:        "MakeFlowLog",
			Actions:    []string{"ec2:CreateFlowLogs"},
			Resources:  e.kinds("ec2", "vpc-flow-log"),
			Conditions: e.made(),
		},
		{
			Sid: "MakeWithin",
			Actions: []string{
				"ec2:CreateFlowLogs", "ec2:CreateNatGateway", "ec2:CreateNetworkInterface", "ec2:CreateRouteTable",
				"ec2:CreateSubnet", "ec2:CreateVpcEndpoint",
			},
			Resources:  e.kinds("ec2", "elastic-ip", "route-table", "security-group", "subnet", "vpc"),
			Conditions: e.own(),
		},
		{
			Sid: "Network",
			Actions: []string{
				"ec2:AssociateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:CreateLaunchTemplateVersion", "ec2:CreateRoute",
				"ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway", "ec2:DeleteNetworkInterface",
				"ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway",
				"ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifyLaunchTemplate", "ec2:ModifyNetworkInterfaceAttribute",
				"ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
			},
			Resources: e.kinds("ec2", "elastic-ip", "internet-gateway", "launch-template", "natgateway", "network-interface",
				"route-table", "security-group", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log"),
			Conditions: e.own(),
		},
		{
			// Interface endpoints answer under the service's own name in the VPC, by a
			// zone of AWS's: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
			Sid:       "EndpointNames",
			Actions:   []string{"route53:AssociateVPCWithHostedZone"},
			Resources: []pulumi.StringInput{pulumi.String("arn:" + e.account.Partition + ":route53:::hostedzone/*")},
		},
		{
			// AWS gives a VPC its default group, without tags: it can be emptied, and no
			// more.
			Sid:        "DefaultGroup",
			Actions:    []string{"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"},
			Resources:  e.kinds("ec2", "security-group"),
			Conditions: e.unclaimed(),
		},
	}
}

// deployHost is the admin host, which may be the way out. Who makes the group must
// be allowed to run what its launch template says.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
func (e *environmentPolicies) deployHost() []policy.Statement {
	group := e.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/%s")
	return []policy.Statement{
		{
			Sid:        "RunOwnTemplate",
			Actions:    []string{"ec2:RunInstances"},
			Resources:  e.kinds("ec2", "launch-template", "network-interface", "security-group", "subnet"),
			Conditions: e.own(),
		},
		{
			Sid:     "RunFromTemplate",
			Actions: []string{"ec2:RunInstances"},
			Resources: append(e.kinds("ec2", "instance", "volume"),
				pulumi.String("arn:"+e.account.Partition+":ec2:"+e.account.Region+"::image/*")),
			Conditions: conditions{"ArnLike": {"ec2:LaunchTemplate": e.account.ARN("ec2", "launch-template/*")}},
		},
		{
			Sid:        "MakeGroup",
			Actions:    []string{"autoscaling:CreateAutoScalingGroup"},
			Resources:  group,
			Conditions: e.made(),
		},
		{
			Sid: "Group",
			Actions: []string{
				"autoscaling:CancelInstanceRefresh", "autoscaling:DeleteAutoScalingGroup", "autoscaling:DeleteLifecycleHook", "autoscaling:DeleteTags",
				"autoscaling:PutLifecycleHook", "autoscaling:StartInstanceRefresh", "autoscaling:UpdateAutoScalingGroup",
			},
			Resources:  group,
			Conditions: e.own(),
		},
		{Sid: "TagGroup", Actions: []string{"autoscaling:CreateOrUpdateTags"}, Resources: group, Conditions: e.kept()},
		{
			Sid: "SessionDocument",
			Actions: []string{
				"ssm:AddTagsToResource", "ssm:CreateDocument", "ssm:DeleteDocument", "ssm:RemoveTagsFromResource",
				"ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion",
			},
			Resources: e.arn("ssm", "document/%s"),
		},
	}
}

// deployGroups are security groups, in whatever VPC the environment is, and the
// tags of everything in EC2.
func (e *environmentPolicies) deployGroups() []policy.Statement {
	kinds := []string{"security-group", "security-group-rule"}
	var started []string
	making := []string{"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateSecurityGroup"}
	if !e.guest() {
		kinds = append(kinds, "elastic-ip", "internet-gateway", "launch-template", "natgateway", "network-interface",
			"route-table", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log")
		making = append(making, "AllocateAddress", "CreateFlowLogs", "CreateInternetGateway", "CreateLaunchTemplate", "CreateNatGateway",
			"CreateNetworkInterface", "CreateRouteTable", "CreateSubnet", "CreateVpc", "CreateVpcEndpoint", "RunInstances")
		started = []string{"instance", "volume"}
	}
	return []policy.Statement{
		{Sid: "MakeSecurityGroup", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: e.kinds("ec2", "security-group"), Conditions: e.made()},
		{Sid: "SecurityGroupInVPC", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: e.kinds("ec2", "vpc"), Conditions: e.host()},
		{
			Sid:        "MakeRules",
			Actions:    []string{"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"},
			Resources:  e.kinds("ec2", "security-group-rule"),
			Conditions: e.made(),
		},
		{
			Sid: "SecurityGroups",
			Actions: []string{
				"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:ModifySecurityGroupRules",
				"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
				"ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
			},
			Resources:  e.kinds("ec2", "security-group", "security-group-rule"),
			Conditions: e.own(),
		},
		{
			Sid:        "TagWhatIsMade",
			Actions:    []string{"ec2:CreateTags"},
			Resources:  e.kinds("ec2", append(started, kinds...)...),
			Conditions: e.made(),
			AnyOf:      map[string]map[string][]string{"StringEquals": {"ec2:CreateAction": making}},
		},
		{Sid: "Tag", Actions: []string{"ec2:CreateTags"}, Resources: e.kinds("ec2", kinds...), Conditions: all(e.own(), e.kept())},
		{
			Sid: "Untag", Actions: []string{"ec2:DeleteTags"}, Resources: e.kinds("ec2", kinds...), Conditions: e.own(),
			AnyOf: map[string]map[string][]string{"ForAllValues:StringNotEquals": {"aws:TagKeys": {"project", "environment"}}},
		},
	}
}

func (e *environmentPolicies) deployLoadBalancing() []policy.Statement {
	balancers := e.arn("elasticloadbalancing", "listener-rule/app/%s", "listener/app/%s", "loadbalancer/app/%s", "targetgroup/%s")
	return []policy.Statement{
		{
			Sid: "MakeLoadBalancing",
			Actions: []string{
				"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer",
				"elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup",
			},
			Resources:  e.arn("elasticloadbalancing", "listener/app/%s", "loadbalancer/app/%s", "targetgroup/%s"),
			Conditions: e.made(),
		},
		{
			Sid: "LoadBalancing",
			Actions: []string{
				"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer",
				"elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyListener",
				"elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
				"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
				"elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags",
				"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
			},
			Resources:  balancers,
			Conditions: e.own(),
		},
		{Sid: "TagLoadBalancing", Actions: []string{"elasticloadbalancing:AddTags"}, Resources: balancers, Conditions: e.kept()},
	}
}

// deployEdge is what serves the app under its name: the certificate and its proof,
// the name in DNS, the firewall and the CDN, for environments that have them.
func (e *environmentPolicies) deployEdge() []policy.Statement {
	var statements []policy.Statement
	if len(e.Domains) > 0 {
		statements = append(statements, e.deployNames()...)
	}
	if e.Firewall {
		statements = append(statements, e.deployFirewall()...)
	}
	if e.CDN {
		statements = append(statements, e.deployCDN()...)
	}
	return statements
}

func (e *environmentPolicies) deployNames() []policy.Statement {
	certificates := e.kinds("acm", "certificate")
	var records []string
	for _, domain := range e.Domains {
		// The app's record, and that which proves the domain to ACM.
		records = append(records, domain, "_*."+domain)
	}
	return []policy.Statement{
		{
			Sid: "RequestCertificate", Actions: []string{"acm:RequestCertificate"}, Resources: everything, Conditions: e.made(),
			AnyOf: map[string]map[string][]string{"ForAllValues:StringEquals": {"acm:DomainNames": e.Domains}},
		},
		{Sid: "TagNewCertificate", Actions: []string{"acm:AddTagsToCertificate"}, Resources: certificates, Conditions: all(e.made(), e.unclaimed())},
		{Sid: "TagCertificate", Actions: []string{"acm:AddTagsToCertificate"}, Resources: certificates, Conditions: all(e.own(), e.kept())},
		{
			Sid:        "Certificate",
			Actions:    []string{"acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:UpdateCertificateOptions"},
			Resources:  certificates,
			Conditions: e.own(),
		},
		{
			Sid:        "Names",
			Actions:    []string{"route53:ChangeResourceRecordSets"},
			Resources:  []pulumi.StringInput{pulumi.String("arn:" + e.account.Partition + ":route53:::hostedzone/*")},
			Conditions: conditions{"Null": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": pulumi.String("false")}},
			AnyOf: map[string]map[string][]string{
				"ForAllValues:StringLike":   {"route53:ChangeResourceRecordSetsNormalizedRecordNames": records},
				"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": {"A", "AAAA", "CNAME"}},
			},
		},
	}
}

func (e *environmentPolicies) deployFirewall() []policy.Statement {
	acl := e.arn("wafv2", "regional/webacl/%s")
	return []policy.Statement{
		{
			// AWS's rule groups are a resource of it too:
			// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html
			Sid:       "Firewall",
			Actions:   []string{"wafv2:CreateWebACL", "wafv2:UpdateWebACL"},
			Resources: append(acl, e.account.ARN("wafv2", "regional/managedruleset/*")),
		},
		{
			Sid:       "FirewallItself",
			Actions:   []string{"wafv2:DeleteLoggingConfiguration", "wafv2:DeleteWebACL", "wafv2:PutLoggingConfiguration", "wafv2:TagResource", "wafv2:UntagResource"},
			Resources: acl,
		},
		{
			Sid:       "FirewallBefore",
			Actions:   []string{"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"},
			Resources: append(e.arn("elasticloadbalancing", "loadbalancer/app/%s"), acl...),
		},
		{
			// What the load balancer asks on the caller's behalf.
			Sid:        "FirewallOfLoadBalancer",
			Actions:    []string{"elasticloadbalancing:CreateWebACLAssociation", "elasticloadbalancing:DeleteWebACLAssociation"},
			Resources:  e.arn("elasticloadbalancing", "loadbalancer/app/%s"),
			Conditions: e.own(),
		},
		{
			// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
			Sid: "FirewallLog",
			Actions: []string{
				"elasticloadbalancing:SetWebAcl", "logs:CreateLogDelivery", "logs:DeleteLogDelivery",
				"logs:DeleteResourcePolicy", "logs:PutResourcePolicy",
			},
			Resources: everything,
		},
	}
}

func (e *environmentPolicies) deployCDN() []policy.Statement {
	distributions := []pulumi.StringInput{e.account.GlobalARN("cloudfront", "distribution/*")}
	return []policy.Statement{
		{Sid: "MakeCDN", Actions: []string{"cloudfront:CreateDistribution"}, Resources: everything, Conditions: e.made()},
		{Sid: "MakeCDNAccess", Actions: []string{"cloudfront:CreateOriginAccessControl"}, Resources: everything},
		{Sid: "TagNewCDN", Actions: []string{"cloudfront:TagResource"}, Resources: distributions, Conditions: all(e.made(), e.unclaimed())},
		{Sid: "TagCDN", Actions: []string{"cloudfront:TagResource"}, Resources: distributions, Conditions: all(e.own(), e.kept())},
		{
			Sid:        "CDN",
			Actions:    []string{"cloudfront:DeleteDistribution", "cloudfront:UntagResource", "cloudfront:UpdateDistribution"},
			Resources:  distributions,
			Conditions: e.own(),
		},
		{
			Sid:       "CDNAccess",
			Actions:   []string{"cloudfront:DeleteOriginAccessControl", "cloudfront:UpdateOriginAccessControl"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("cloudfront", "origin-access-control/*")},
		},
	}
}

func (e *environmentPolicies) deployApp() []policy.Statement {
	cluster := e.arn("ecs", "cluster/%s")
	inCluster := e.arn("ecs", "service/%s", "task/%s")
	definitions := e.arn("ecs", "task-definition/%s")
	targets := e.kinds("application-autoscaling", "scalable-target")
	return []policy.Statement{
		{
			Sid:        "MakeApp",
			Actions:    []string{"ecs:CreateCluster", "ecs:CreateService", "ecs:RegisterTaskDefinition"},
			Resources:  append(append(cluster, definitions...), e.arn("ecs", "service/%s")...),
			Conditions: e.made(),
		},
		{
			Sid: "App",
			Actions: []string{
				"ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders", "ecs:StopTask", "ecs:UntagResource",
				"ecs:UpdateCluster", "ecs:UpdateService",
			},
			Resources:  append(append(e.arn("ecs", "cluster/%s"), definitions...), inCluster...),
			Conditions: e.own(),
		},
		{
			Sid: "RunTasks", Actions: []string{"ecs:RunTask"}, Resources: definitions,
			Conditions: all(e.own(), conditions{"ArnLike": {"ecs:cluster": e.account.ARN("ecs", "cluster/"+e.prefix()+"-*")}}),
		},
		{
			Sid:        "TagApp",
			Actions:    []string{"ecs:TagResource"},
			Resources:  append(append(e.arn("ecs", "cluster/%s"), definitions...), inCluster...),
			Conditions: e.kept(),
		},
		{
			Sid: "Images",
			Actions: []string{
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
				"ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
			},
			Resources: e.repositories(),
		},
		{Sid: "MakeScaling", Actions: []string{"application-autoscaling:RegisterScalableTarget"}, Resources: targets, Conditions: all(e.made(), e.unclaimed(), ecsOnly)},
		{Sid: "TagNewScaling", Actions: []string{"application-autoscaling:TagResource"}, Resources: targets, Conditions: all(e.made(), e.unclaimed())},
		{Sid: "TagScaling", Actions: []string{"application-autoscaling:TagResource"}, Resources: targets, Conditions: all(e.own(), e.kept())},
		{
			Sid: "Scaling",
			Actions: []string{
				"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
				"application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:UntagResource",
			},
			Resources:  targets,
			Conditions: e.own(),
		},
		{
			Sid: "Schedules",
			Actions: []string{
				"scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup",
				"scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
			},
			Resources: e.arn("scheduler", "schedule-group/%s", "schedule/%s"),
		},
	}
}

var ecsOnly = is("application-autoscaling:service-namespace", "ecs")

// deployRoles lets the program make roles, within the boundary, and hand them to
// the services that use them.
func (e *environmentPolicies) deployRoles() []policy.Statement {
	profiles := []pulumi.StringInput{e.account.GlobalARN("iam", "instance-profile/"+e.state.Project+"/"+e.stack()+"/*")}
	return []policy.Statement{
		{
			Sid: "RolesWithinTheBoundary",
			Actions: []string{
				"iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary",
				"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
			},
			Resources:  e.roles(),
			Conditions: conditions{"StringEquals": {"iam:PermissionsBoundary": e.boundaryARN()}},
		},
		{Sid: "TagRoles", Actions: []string{"iam:TagRole", "iam:UntagRole"}, Resources: e.roles()},
		{
			Sid: "InstanceProfiles",
			Actions: []string{
				"iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
				"iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
			},
			Resources: profiles,
		},
		{
			Sid: "PassRoles", Actions: []string{"iam:PassRole"}, Resources: e.roles(),
			AnyOf: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {
				"ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "monitoring.rds.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com",
			}}},
		},
		{
			// AWS makes these roles for services that need them, once for an account.
			Sid: "ServiceLinkedRoles", Actions: []string{"iam:CreateServiceLinkedRole"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("iam", "role/aws-service-role/*")},
			AnyOf: map[string]map[string][]string{"StringEquals": {"iam:AWSServiceName": {
				"autoscaling.amazonaws.com", "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com",
				"elasticloadbalancing.amazonaws.com", "rds.amazonaws.com", "wafv2.amazonaws.com",
			}}},
		},
	}
}

func (e *environmentPolicies) deployData() []policy.Statement {
	database := e.arn("rds", "db:%s", "pg:%s", "subgrp:%s")
	snapshots := e.arn("rds", "snapshot:%s", "snapshot:rds:%s")
	secrets := e.arn("secretsmanager", "secret:%s")
	masters := []pulumi.StringInput{e.account.ARN("secretsmanager", "secret:rds!db-*")}
	return []policy.Statement{
		{
			Sid:        "MakeDatabase",
			Actions:    []string{"rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSubnetGroup", "rds:RestoreDBInstanceFromDBSnapshot"},
			Resources:  database,
			Conditions: e.made(),
		},
		{
			Sid: "Database",
			Actions: []string{
				"rds:CreateDBSnapshot", "rds:DeleteDBInstance", "rds:DeleteDBParameterGroup", "rds:DeleteDBSubnetGroup", "rds:ModifyDBInstance",
				"rds:ModifyDBParameterGroup", "rds:ModifyDBSubnetGroup", "rds:RebootDBInstance", "rds:RemoveTagsFromResource",
			},
			Resources:  database,
			Conditions: e.own(),
		},
		{Sid: "Snapshots", Actions: []string{"rds:CreateDBSnapshot"}, Resources: e.arn("rds", "snapshot:%s")},
		{Sid: "RestoreSnapshots", Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot"}, Resources: snapshots, Conditions: e.made()},
		{
			// Somebody made it by hand: it has the instance's tags.
			Sid:        "OtherSnapshots",
			Actions:    []string{"rds:RestoreDBInstanceFromDBSnapshot"},
			Resources:  []pulumi.StringInput{e.account.ARN("rds", "snapshot:*")},
			Conditions: all(e.own(), e.made()),
		},
		{Sid: "TagDatabase", Actions: []string{"rds:AddTagsToResource"}, Resources: append(e.arn("rds", "snapshot:%s"), database...), Conditions: e.kept()},
		{
			// Every instance has a group of options, AWS's where it names none.
			Sid:       "DefaultOptions",
			Actions:   []string{"rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"},
			Resources: []pulumi.StringInput{e.account.ARN("rds", "og:default:*")},
		},
		{
			// RDS makes the master user's secret with the caller's rights:
			// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
			Sid:        "MakeMasterSecret",
			Actions:    []string{"secretsmanager:CreateSecret", "secretsmanager:TagResource"},
			Resources:  masters,
			Conditions: conditions{"ArnLikeIfExists": {masterTag: e.account.ARN("rds", "db:"+e.prefix()+"-*")}},
		},
		{
			Sid: "RotateMasterSecret", Actions: []string{"secretsmanager:RotateSecret"}, Resources: masters,
			Conditions: conditions{"ArnLike": {masterTag: e.account.ARN("rds", "db:"+e.prefix()+"-*")}},
		},
		{Sid: "MakeSecrets", Actions: []string{"secretsmanager:CreateSecret"}, Resources: secrets, Conditions: e.made()},
		{
			Sid: "Secrets",
			Actions: []string{
				"secretsmanager:DeleteResourcePolicy", "secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy", "secretsmanager:PutSecretValue",
				"secretsmanager:UntagResource", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage",
			},
			Resources:  secrets,
			Conditions: e.own(),
		},
		{Sid: "TagSecrets", Actions: []string{"secretsmanager:TagResource"}, Resources: secrets, Conditions: e.kept()},
		{Sid: "NewSecretValues", Actions: []string{"secretsmanager:GetRandomPassword"}, Resources: everything},
		{
			Sid: "Buckets",
			Actions: []string{
				"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketCORS", "s3:PutBucketLogging", "s3:PutBucketOwnershipControls",
				"s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
				"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
			},
			Resources: e.buckets(""),
		},
		{Sid: "EmptyBuckets", Actions: []string{"s3:DeleteObject", "s3:DeleteObjectVersion"}, Resources: e.buckets("/*")},
	}
}

// masterTag is the tag that RDS sets on the master user's secret, which is named at
// random: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
const masterTag = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"

// deployKeys makes keys. What may be done to one, and by whom, its own policy says
// from the beginning (components/key): KMS takes up to five minutes until a tag or
// an alias counts.
// https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
func (e *environmentPolicies) deployKeys() []policy.Statement {
	return []policy.Statement{
		{Sid: "MakeKeys", Actions: []string{"kms:CreateKey"}, Resources: everything, Conditions: e.made()},
		{Sid: "TagNewKeys", Actions: []string{"kms:TagResource"}, Resources: e.kinds("kms", "key"), Conditions: all(e.made(), e.unclaimed())},
		{Sid: "NameKeys", Actions: []string{"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"}, Resources: e.arn("kms", "alias/%s")},
	}
}

func (e *environmentPolicies) deployObservability() []policy.Statement {
	return []policy.Statement{
		{
			Sid: "LogGroups",
			Actions: []string{
				"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DisassociateKmsKey",
				"logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
			Resources: e.logGroups(),
		},
		{
			Sid: "AlarmsAndDashboards",
			Actions: []string{
				"cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm",
				"cloudwatch:TagResource", "cloudwatch:UntagResource",
			},
			Resources: append(e.arn("cloudwatch", "alarm:%s"), e.account.GlobalARN("cloudwatch", "dashboard/"+e.prefix()+"-*")),
		},
		{
			Sid:       "Events",
			Actions:   []string{"events:DeleteRule", "events:PutRule", "events:RemoveTargets", "events:TagResource", "events:UntagResource"},
			Resources: e.arn("events", "rule/%s"),
		},
		{
			Sid: "EventTargets", Actions: []string{"events:PutTargets"}, Resources: e.arn("events", "rule/%s"),
			Conditions: conditions{
				"ForAllValues:ArnLike": {"events:TargetArn": e.account.ARN("sns", e.prefix()+"-*")},
				"Null":                 {"events:TargetArn": pulumi.String("false")},
			},
		},
		{
			Sid:       "Notices",
			Actions:   []string{"sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource"},
			Resources: e.arn("sns", "%s"),
		},
		{Sid: "Subscriptions", Actions: []string{"sns:Subscribe"}, Resources: e.arn("sns", "%s"), Conditions: is("sns:Protocol", "email")},
		{
			Sid:       "Budget",
			Actions:   []string{"budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"},
			Resources: []pulumi.StringInput{e.account.GlobalARN("budgets", "budget/"+e.prefix()+"-*")},
		},
	}
}
