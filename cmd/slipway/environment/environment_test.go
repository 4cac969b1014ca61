package environment_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

func TestEnterFindsTheProjectAbove(t *testing.T) {
	t.Chdir(".")
	if err := environment.Enter(""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("Pulumi.yaml"); err != nil {
		t.Error(err)
	}
}

func TestEnterTakesTheDirectoryThatIsNamed(t *testing.T) {
	t.Chdir(".")
	dir := t.TempDir()
	if err := environment.Enter(dir); err == nil {
		t.Error("a directory without a project was entered")
	}
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: shop\nconfig: {zones: {}, nat: {}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := environment.Enter(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := environment.Keys()
	if err != nil || !slices.Equal(keys, []string{"nat", "zones"}) {
		t.Errorf("got %v, %v", keys, err)
	}
}

func TestWithChangesACopy(t *testing.T) {
	for _, zones := range []string{"slipway:zones", "shop:zones"} {
		before := environment.Configuration{"aws:region": "us-east-1", zones: "2"}
		after := before.With(map[string]string{"zones": "3"})
		if before[zones] != "2" || after[zones] != "3" || after["aws:region"] != "us-east-1" || len(after) != 2 {
			t.Errorf("got %v and %v", before, after)
		}
	}
}

// What the rules look into has to arrive as plain maps, lists and numbers.
func TestResourcesArriveInPlainForm(t *testing.T) {
	t.Chdir("../../..")
	configuration, err := environment.Read("staging")
	if err != nil {
		t.Fatal(err)
	}
	resources, err := environment.Resources("staging", configuration.With(map[string]string{"nat": "single"}))
	if err != nil {
		t.Fatal(err)
	}
	find := func(token string) pricing.Resource {
		at := slices.IndexFunc(resources, func(r pricing.Resource) bool { return r.Type == token })
		if at < 0 {
			t.Fatalf("no %s", token)
		}
		return resources[at]
	}
	vpc := find("awsx:ec2:Vpc")
	gateways, _ := vpc.Properties["natGateways"].(map[string]any)
	zones, _ := vpc.Properties["availabilityZoneNames"].([]any)
	if vpc.Component != "network" || gateways["strategy"] != "None" || len(zones) != 2 {
		t.Errorf("got %+v", vpc)
	}
	database := find("aws:rds/instance:Instance")
	if database.Component != "database" || database.Properties["allocatedStorage"] != 20.0 || database.Properties["multiAz"] != false {
		t.Errorf("got %+v", database)
	}
	for token, component := range map[string]string{"aws:ec2/flowLog:FlowLog": "network", "aws:ec2/natGateway:NatGateway": "network", "aws:lb/listener:Listener": "edge", "aws:ecs/service:Service": "app"} {
		if got := find(token); got.Component != component {
			t.Errorf("%s belongs to %q, want %q", got, got.Component, component)
		}
	}
}

func TestRefusedConfigurationIsAnError(t *testing.T) {
	t.Chdir("../../..")
	configuration, err := environment.Read("staging")
	if err != nil {
		t.Fatal(err)
	}
	if resources, err := environment.Resources("staging", configuration.With(map[string]string{"zones": "1"})); err == nil {
		t.Errorf("got %d resources", len(resources))
	}
}

// A stack's file says whose account it is in, however the stack is written.
func TestAccountIsWhatTheStacksFileSays(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"Pulumi.prod.yaml":  "config:\n  aws:region: eu-west-1\n  aws:profile: team\n  aws:assumeRole:\n    roleArn: arn:role\n",
		"Pulumi.other.yaml": "config:\n  aws:accessKey: x\n  aws:secretKey:\n    secure: v1:x\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, stack := range []string{"prod", "organization/shop/prod"} {
		got, err := environment.Account(dir, stack)
		if err != nil || got.Region != "eu-west-1" || got.Profile != "team" || got.AssumeRole == nil || got.AssumeRole.ARN != "arn:role" {
			t.Errorf("%s: got %+v, %v", stack, got, err)
		}
	}
	if got, err := environment.Account(dir, "none"); err != nil || got.Own() || got.Region != "" {
		t.Errorf("without a file: got %+v, %v", got, err)
	}
	if _, err := environment.Account(dir, "other"); err == nil || !strings.Contains(err.Error(), "aws:secretKey is encrypted in Pulumi.other.yaml") {
		t.Errorf("got %v", err)
	}
}
