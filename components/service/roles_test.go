package service_test

import (
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

const (
	ownStatement   = `{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:bucket/*"],"Sid":"Own"}`
	startStatement = `{"Action":["ecr:GetAuthorizationToken"],"Effect":"Allow","Resource":["*"],"Sid":"RegistryLogin"},` +
		`{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Resource":["arn:aws:ecr:us-east-1:111122223333:repository/recipes"],"Sid":"PullImage"},` +
		`{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":["arn:aws:logs:us-east-1:111122223333:app:*"],"Sid":"WriteLogs"}`
	secretStatement  = `{"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["arn:secret"],"Sid":"ReadSecrets"}`
	decryptStatement = `{"Action":["kms:Decrypt"],"Effect":"Allow","Resource":["arn:key"],"Sid":"DecryptSecrets",` +
		`"Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}}`
	sessionStatement = `{"Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Effect":"Allow","Resource":["*"],"Sid":"SessionChannels"},` +
		`{"Action":["logs:DescribeLogGroups"],"Effect":"Allow","Resource":["*"],"Sid":"FindSessionLogs"},` +
		`{"Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"],"Effect":"Allow","Resource":["arn:aws:logs:us-east-1:111122223333:app-exec:*"],"Sid":"WriteSessionLogs"},` +
		`{"Action":["kms:Decrypt"],"Effect":"Allow","Resource":["arn:key"],"Sid":"DecryptSessions"}`
	scheduleStatement = `{"Action":["ecs:RunTask"],"Effect":"Allow","Resource":["arn:aws:ecs:us-east-1:111122223333:task-definition/app-command:*"],"Sid":"RunCommands",` +
		`"Condition":{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:us-east-1:111122223333:app"}}},` +
		`{"Action":["ecs:TagResource"],"Effect":"Allow","Resource":["arn:aws:ecs:us-east-1:111122223333:task/app/*"],"Sid":"TagCommands",` +
		`"Condition":{"StringEquals":{"ecs:CreateAction":"RunTask"}}},` +
		`{"Action":["iam:PassRole"],"Effect":"Allow","Resource":["arn:aws:iam:us-east-1:111122223333:app-execution","arn:aws:iam:us-east-1:111122223333:app-task"],"Sid":"PassTaskRoles",` +
		`"Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}}`
	decryptScheduleStatement = `{"Action":["kms:Decrypt"],"Effect":"Allow","Resource":["arn:key"],"Sid":"DecryptSchedules",` +
		`"Condition":{"ArnLike":{"kms:EncryptionContext:aws:scheduler:schedule:arn":"arn:aws:scheduler:us-east-1:111122223333:schedule/app/*"}}}`
)

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func TestRolesMayDoExactlyThis(t *testing.T) {
	plain := full(t)
	plain.KeyARN, plain.Exec = nil, false
	for name, test := range map[string]struct {
		args *service.Args
		want map[string]string
	}{
		"all": {full(t), map[string]string{
			"app-execution": document(startStatement, secretStatement, decryptStatement),
			"app-task":      document(ownStatement, sessionStatement),
			"app-schedules": document(scheduleStatement, decryptScheduleStatement),
		}},
		"without a key": {plain, map[string]string{
			"app-execution": document(startStatement, secretStatement),
			"app-task":      document(ownStatement),
			"app-schedules": document(scheduleStatement),
		}},
		"least": {base(t), map[string]string{"app-execution": document(startStatement)}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mocktest.MustRun(t, "test", nil, program(test.args))
			for role, want := range test.want {
				mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy "+role).Inputs["policy"].StringValue(), want)
			}
		})
	}
}

// A key opens secrets only when there are some.
func TestKeyWithoutSecretsGivesTheExecutionRoleNothing(t *testing.T) {
	args := full(t)
	args.Secrets, args.SecretLabels = nil, nil
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy app-execution").Inputs["policy"].StringValue(), document(startStatement))
}

func TestRolesAreTakenByTheirServiceOnly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	from := func(source string) string {
		return `,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"` + source + `"}}`
	}
	for role, test := range map[string]struct{ service, condition string }{
		// ECS's document promises no source for it: a condition could keep every task from starting.
		"app-execution": {"ecs-tasks.amazonaws.com", ""},
		"app-task":      {"ecs-tasks.amazonaws.com", from("arn:aws:ecs:us-east-1:111122223333:*")},
		"app-schedules": {"scheduler.amazonaws.com", from("arn:aws:scheduler:us-east-1:111122223333:schedule-group/app")},
	} {
		mocktest.SameJSON(t, got.Get(t, "iam.Role "+role).Inputs["assumeRolePolicy"].StringValue(),
			document(`{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["`+test.service+`"]},"Sid":"AssumeRole"`+test.condition+`}`))
	}
}
