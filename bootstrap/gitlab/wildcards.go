package gitlab

// Wildcard is actions that stand with the resource "*", or with all resources of a
// kind and no condition on whose they are, because AWS's service authorization
// reference knows nothing narrower for them.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type Wildcard struct {
	Actions []string
	// What stands instead of the resource, if anything does, and why it may stand so.
	Instead, Reason string
}

// Wildcards are all of them. docs/security.md lists them: UPDATE=1 go test writes it.
var Wildcards = []Wildcard{
	{
		[]string{
			"application-autoscaling:Describe*", "autoscaling:Describe*", "ec2:Describe*", "ecs:DescribeTaskDefinition",
			"elasticloadbalancing:Describe*", "kms:ListAliases", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "route53:ListHostedZones*",
			"s3:ListAllMyBuckets", "tag:GetResources",
		},
		"", "AWS describes all or none. They show settings and names, no content; preview has those alone that the program looks up",
	},
	{[]string{"ecr:GetAuthorizationToken"}, "", "A login has the rights of whoever asks for it"},
	{[]string{"ecs:ListServices", "ecs:ListTasks"}, "ecs:cluster", "AWS knows the cluster as a condition"},
	{[]string{"secretsmanager:GetRandomPassword"}, "", "It reads and writes nothing"},
	{[]string{"kms:CreateKey", "acm:RequestCertificate", "cloudfront:CreateDistribution"}, "the environment's tags in the request", "What is made has no name yet; a certificate is for the environment's domains only"},
	{[]string{"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"}, "no other's tags", "AWS gives a VPC its default group without tags, and it must not admit anything"},
	{[]string{"kms:TagResource"}, "the environment's tags in the request, and no other's tags before", "Tagging a new key; no right depends on a key's tag"},
	{[]string{"cloudfront:CreateOriginAccessControl", "cloudfront:DeleteOriginAccessControl", "cloudfront:UpdateOriginAccessControl"}, "", "It has no tags, and a random name. AWS deletes none that is in use. Only for environments with cdn"},
	{[]string{"cloudfront:GetDistribution", "cloudfront:GetOriginAccessControl", "cloudfront:ListTagsForResource"}, "", "Settings, which drift reads"},
	{
		[]string{"elasticloadbalancing:SetWebAcl", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"},
		"", "What a web ACL and its log ask for; AWS knows no resource. Only for environments with firewall, which no branch may deploy",
	},
	{[]string{"wafv2:CreateWebACL", "wafv2:UpdateWebACL"}, "regional/managedruleset/*", "A web ACL names AWS's groups of rules"},
	{[]string{"route53:ChangeResourceRecordSets"}, "the names of the environment's domains", "A zone belongs to many; only the names decide"},
	{[]string{"route53:AssociateVPCWithHostedZone"}, "", "EC2 asks for it, for the zone of an interface endpoint, which is AWS's. It lets a VPC of the account resolve a private zone of the account"},
	{[]string{"route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"}, "", "DNS is public"},
	{[]string{"ec2:RunInstances"}, "ec2:LaunchTemplate", "The instance, its disk and its image are the template's, which has to be the environment's"},
	{[]string{"cloudwatch:DescribeAlarms"}, "", "Alarms are listed by their beginning or not at all, which AWS asks for on all"},
	{[]string{"rds:DescribeDBInstances", "rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:DescribeDBSnapshots", "rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"}, "", "The plugin looks by a filter, which AWS asks for on all. Settings, no content"},
	{[]string{"rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"}, "AWS's own groups of options, og:default:*", "Every instance has one"},
	{[]string{"secretsmanager:CreateSecret", "secretsmanager:TagResource"}, "no other instance's tag on secret:rds!db-*", "RDS makes the master user's secret with the caller's rights, under a random name"},
	{[]string{"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"}, "", "In the boundary: a shell in a task or on the admin host; AWS knows no resource"},
	{[]string{"ssm:UpdateInstanceInformation"}, "", "In the boundary: the agent of the admin host says that it lives"},
	{[]string{"kms:Decrypt", "kms:GenerateDataKey"}, "the encryption context of the environment's secrets, bucket, schedules or of a session", "In the boundary: keys are named at random and their tags count late. The key's own policy keeps other environments out"},
	{
		[]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents", "logs:PutRetentionPolicy"},
		"log-group:RDS*", "In the boundary: RDS writes the metrics of all databases of an account into one group",
	},
}
