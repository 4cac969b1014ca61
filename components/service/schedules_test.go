package service_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestSchedulesRunCommands(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for name, want := range map[string]struct{ expression, timezone, input string }{
		"clear-sessions": {"cron(0 3 * * ? *)", "Europe/Zurich", `{"containerOverrides":[{"name":"command","command":["clearsessions"]}]}`},
		"ping":           {"rate(5 minutes)", "UTC", `{"containerOverrides":[{"name":"command","command":["ping","--once"]}]}`},
	} {
		schedule := got.Get(t, "scheduler.Schedule app-schedule-"+name).Inputs
		for field, value := range map[string]string{
			"name": name, "groupName": "app", "scheduleExpression": want.expression, "scheduleExpressionTimezone": want.timezone, "kmsKeyArn": "arn:key",
		} {
			if text := schedule[resource.PropertyKey(field)]; !text.IsString() || text.StringValue() != value {
				t.Errorf("%s: %s: got %v, want %s", name, field, text, value)
			}
		}
		if mode := schedule["flexibleTimeWindow"].ObjectValue()["mode"].StringValue(); mode != "OFF" {
			t.Errorf("%s: time window %s", name, mode)
		}
		target := schedule["target"].ObjectValue()
		mocktest.SameJSON(t, target["input"].StringValue(), want.input)
		if target["arn"].StringValue() != "arn:aws:ecs:us-east-1:111122223333:app" || target["roleArn"].StringValue() != "arn:aws:iam:us-east-1:111122223333:app-schedules" {
			t.Errorf("%s: target %v", name, target)
		}
		retry := target["retryPolicy"].ObjectValue()
		if retry["maximumEventAgeInSeconds"].NumberValue() != 3600 || retry["maximumRetryAttempts"].NumberValue() != 185 {
			t.Errorf("%s: retries %v", name, retry)
		}
		task := target["ecsParameters"].ObjectValue()
		if task["taskDefinitionArn"].StringValue() != "arn:aws:ecs:us-east-1:111122223333:app-command:1" || task["launchType"].StringValue() != "FARGATE" ||
			task["propagateTags"].StringValue() != "TASK_DEFINITION" || !task["enableEcsManagedTags"].BoolValue() {
			t.Errorf("%s: task %v", name, task)
		}
		network := task["networkConfiguration"].ObjectValue()
		if network["assignPublicIp"].BoolValue() || len(network["subnets"].ArrayValue()) != 2 || network["securityGroups"].ArrayValue()[0].StringValue() != "app_id" {
			t.Errorf("%s: network %v", name, network)
		}
	}
}

func TestSchedulesWaitForTheirRights(t *testing.T) {
	waits := mocktest.MustRun(t, "test", nil, program(full(t))).Get(t, "scheduler.Schedule app-schedule-ping").DependsOn
	for _, want := range []string{"iam.RolePolicy app-schedules", "iam.RolePolicy app-execution", "iam.RolePolicy app-task"} {
		if !slices.Contains(waits, want) {
			t.Errorf("does not wait for %s; waits for %v", want, waits)
		}
	}
}

func TestSchedulesWithoutAKeyAreEncryptedByAWS(t *testing.T) {
	args := full(t)
	args.KeyARN, args.Exec = nil, false
	if mocktest.MustRun(t, "test", nil, program(args)).Get(t, "scheduler.Schedule app-schedule-ping").Inputs.HasValue("kmsKeyArn") {
		t.Error("there is a key")
	}
}
