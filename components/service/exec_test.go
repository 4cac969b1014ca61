package service_test

import (
	"testing"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestSessionsAreEncryptedAndLogged(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	sessions := got.Get(t, "ecs.Cluster app").Inputs["configuration"].ObjectValue()["executeCommandConfiguration"].ObjectValue()
	if sessions["kmsKeyId"].StringValue() != "arn:key" || sessions["logging"].StringValue() != "OVERRIDE" {
		t.Errorf("got %v", sessions)
	}
	log := sessions["logConfiguration"].ObjectValue()
	if !log["cloudWatchEncryptionEnabled"].BoolValue() || log["cloudWatchLogGroupName"].StringValue() != "/slipway/app/exec" {
		t.Errorf("log: got %v", log)
	}
}

func TestWithoutExecNobodyGetsIn(t *testing.T) {
	args := full(t)
	args.Exec = false
	got := mocktest.MustRun(t, "test", nil, program(args))
	if got.Get(t, "ecs.Cluster app").Inputs.HasValue("configuration") {
		t.Error("the cluster is configured for sessions")
	}
	for _, key := range []string{"ecs.Service app", "ecs.Service app-worker-mail"} {
		if got.Get(t, key).Inputs["enableExecuteCommand"].BoolValue() {
			t.Errorf("%s takes sessions", key)
		}
	}
	mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy app-task").Inputs["policy"].StringValue(), document(ownStatement))
	for name, c := range taskContainers(t, args, "app") {
		mocktest.Equal(t, "writable places of "+name, c.paths(), []string{"/tmp"})
	}
}

// The agent of ECS Exec needs three places; the root file system stays read-only.
func TestExecGivesTheAgentItsPlaces(t *testing.T) {
	want := []string{"/tmp", "/managed-agents", "/var/lib/amazon", "/var/log/amazon"}
	for task, container := range map[string]string{"app": "app", "app-command": "command", "app-worker-mail": "worker"} {
		c := taskContainers(t, full(t), task)[container]
		mocktest.Equal(t, task, c.paths(), want)
		if !c.ReadonlyRootFilesystem {
			t.Errorf("%s: the root file system is writable", task)
		}
	}
}

func TestEveryMountedVolumeIsDeclared(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for _, task := range []string{"app", "app-command", "app-worker-mail", "app-worker-thumbnails"} {
		declared := map[string]bool{}
		for _, volume := range got.Get(t, "ecs.TaskDefinition "+task).Inputs["volumes"].ArrayValue() {
			declared[volume.ObjectValue()["name"].StringValue()] = true
		}
		for name, c := range taskContainers(t, full(t), task) {
			for _, mount := range c.MountPoints {
				if !declared[mount.SourceVolume] || mount.ReadOnly {
					t.Errorf("%s: %s mounts %+v of %v", task, name, mount, declared)
				}
			}
		}
	}
}
