package gitlab

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// look is what AWS shows without a resource's name: descriptions, no content.
func (e *environmentPolicies) look() []policy.Statement {
	return []policy.Statement{{
		Sid: "Look",
		Actions: []string{
			"acm:DescribeCertificate", "acm:ListTagsForCertificate",
			"application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource", "autoscaling:Describe*", "budgets:Describe*", "budgets:ListTagsForResource", "budgets:ViewBudget",
			"cloudfront:GetDistribution", "cloudfront:GetOriginAccessControl", "cloudfront:ListTagsForResource",
			"cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:GetMetricData", "cloudwatch:ListTagsForResource",
			"ec2:Describe*", "ecr:DescribeRepositories", "ecr:GetAuthorizationToken", "ecr:ListTagsForResource",
			"ecs:DescribeClusters", "ecs:DescribeTaskDefinition", "ecs:ListTagsForResource", "elasticloadbalancing:Describe*", "events:ListTagsForResource",
			"iam:GetInstanceProfile", "iam:GetUser", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
			"logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "rds:Describe*", "rds:ListTagsForResource", "route53:GetChange", "route53:GetHostedZone", "route53:ListHostedZones", "route53:ListResourceRecordSets", "route53:ListTagsForResource",
			"s3:ListAllMyBuckets", "scheduler:ListTagsForResource", "sns:GetSubscriptionAttributes", "sns:ListTagsForResource", "ssm:GetParameter", "sts:GetCallerIdentity", "tag:GetResources",
			"wafv2:GetLoggingConfiguration", "wafv2:GetWebACL", "wafv2:GetWebACLForResource", "wafv2:ListTagsForResource",
		},
		Resources: everything,
	}}
}

// preview is what `pulumi preview --refresh` reads: settings, and no secret.
func (e *environmentPolicies) preview() []area {
	return []area{
		{"look", e.look()},
		{"read", []policy.Statement{
			{Sid: "StateBucket", Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{e.state.BucketARN}},
			{Sid: "StateObjects", Actions: []string{"s3:GetObject"}, Resources: append(e.stateObjects("stacks", "locks"), pulumi.Sprintf("%s/.pulumi/meta.yaml", e.state.BucketARN))},
			{Sid: "StateSecrets", Actions: []string{"kms:Decrypt", "kms:DescribeKey"}, Resources: []pulumi.StringInput{e.state.KeyARN}},
			{Sid: "Buckets", Actions: []string{"s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket"}, Resources: e.buckets("")},
			{Sid: "Roles", Actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"}, Resources: e.globalARN("iam", "role/%s")},
			{Sid: "App", Actions: []string{"ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServices"}, Resources: e.arn("ecs", "cluster/%s", "service/%s", "task/%s")},
			{Sid: "Images", Actions: []string{"ecr:BatchGetImage", "ecr:DescribeImages"}, Resources: e.repositories()},
			{Sid: "Schedules", Actions: []string{"scheduler:GetSchedule", "scheduler:GetScheduleGroup"}, Resources: append(e.arn("scheduler", "schedule-group/%s", "schedule/%s"), e.account.ARN("scheduler", "schedule/default/*"))},
			{Sid: "SecretSettings", Actions: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"}, Resources: e.arn("secretsmanager", "secret:%s")},
			{Sid: "Logs", Actions: []string{"logs:DescribeMetricFilters", "logs:ListTagsForResource"}, Resources: []pulumi.StringInput{e.account.ARN("logs", "log-group:*")}},
			{Sid: "Events", Actions: []string{"events:DescribeRule", "events:ListTargetsByRule"}, Resources: append(e.arn("events", "rule/%s", "rule/default/%s"), e.account.ARN("events", "event-bus/default"))},
			{Sid: "Notices", Actions: []string{"sns:GetTopicAttributes"}, Resources: e.arn("sns", "%s")},
			{Sid: "SessionDocument", Actions: []string{"ssm:DescribeDocument", "ssm:DescribeDocumentPermission", "ssm:GetDocument"}, Resources: e.arn("ssm", "document/%s")},
		}},
	}
}

// boundary is the most that the program's own roles may do: what tasks, the
// admin host, schedules and AWS's services do with them, never a change of IAM.
func (e *environmentPolicies) boundary() []policy.Statement {
	return []policy.Statement{
		{Sid: "Media", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}, Resources: append(e.buckets(""), e.buckets("/*")...)},
		{Sid: "OwnSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: append(e.arn("secretsmanager", "secret:%s"), e.account.ARN("secretsmanager", "secret:rds!*"))},
		{Sid: "Decrypt", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []pulumi.StringInput{e.account.ARN("kms", "key/*")}},
		{
			Sid: "RunTasks",
			Actions: []string{
				"cloudwatch:PutMetricData", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecs:RunTask", "ecs:TagResource",
				"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents", "logs:PutRetentionPolicy",
			},
			Resources: everything,
		},
		{Sid: "PassOwnRoles", Actions: []string{"iam:PassRole"}, Resources: e.globalARN("iam", "role/%s")},
		{
			Sid: "AdminHost",
			Actions: []string{
				"s3:GetEncryptionConfiguration", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: everything,
		},
	}
}
