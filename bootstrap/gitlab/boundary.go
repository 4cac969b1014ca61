package gitlab

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// boundary is the most that the program's own roles may do: what tasks, the
// admin host, schedules and AWS's services do with them, never a change of IAM.
// A key opens what it has encrypted for the environment, which AWS's services name
// in the encryption context: a key's own tags count too late.
func (e *environmentPolicies) boundary() []policy.Statement {
	masters := e.account.ARN("secretsmanager", "secret:rds!db-*")
	decrypt := func(sid, context string, values ...string) policy.Statement {
		return policy.Statement{
			Sid: sid, Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: e.kinds("kms", "key"),
			AnyOf: map[string]map[string][]string{"StringLike": {"kms:EncryptionContext:" + context: values}},
		}
	}
	return []policy.Statement{
		{Sid: "Media", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: e.buckets("/*")},
		{Sid: "ListMedia", Actions: []string{"s3:ListBucket"}, Resources: e.buckets("")},
		{Sid: "OwnSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: e.arn("secretsmanager", "secret:%s")},
		{
			Sid: "OwnDatabase", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: []pulumi.StringInput{masters},
			Conditions: conditions{"ArnLike": {masterTag: e.account.ARN("rds", "db:"+e.prefix()+"-*")}},
		},
		decrypt("DecryptSecrets", "SecretARN", string(e.account.ARN("secretsmanager", "secret:"+e.prefix()+"-*")), string(masters)),
		decrypt("DecryptMedia", "aws:s3:arn", "arn:"+e.account.Partition+":s3:::"+e.prefix()+"-*"),
		decrypt("DecryptSchedules", "aws:scheduler:schedule:arn", string(e.account.ARN("scheduler", "schedule/"+e.prefix()+"-*"))),
		decrypt("DecryptSessions", "aws:ssm:SessionId", "*"),
		{
			Sid: "RunTasks", Actions: []string{"ecs:RunTask"}, Resources: e.arn("ecs", "task-definition/%s"),
			Conditions: conditions{"ArnLike": {"ecs:cluster": e.account.ARN("ecs", "cluster/"+e.prefix()+"-*")}},
		},
		{Sid: "TagTasks", Actions: []string{"ecs:TagResource"}, Resources: e.arn("ecs", "task/%s"), Conditions: is("ecs:CreateAction", "RunTask")},
		{Sid: "PassOwnRoles", Actions: []string{"iam:PassRole"}, Resources: e.roles(), Conditions: is("iam:PassedToService", "ecs-tasks.amazonaws.com")},
		{
			Sid: "Images", Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: e.sources(),
		},
		{
			Sid: "Logs", Actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: e.logGroups(),
		},
		{
			// The account has one for all its databases:
			// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
			Sid: "DatabaseMetrics",
			Actions: []string{
				"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents", "logs:PutRetentionPolicy",
			},
			Resources: []pulumi.StringInput{e.account.ARN("logs", "log-group:RDS*")},
		},
		{Sid: "Heartbeat", Actions: []string{"ssm:UpdateInstanceInformation"}, Resources: e.kinds("ec2", "instance")},
		{
			Sid: "WithoutResource",
			Actions: []string{
				"ecr:GetAuthorizationToken", "logs:DescribeLogGroups",
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: everything,
		},
	}
}
