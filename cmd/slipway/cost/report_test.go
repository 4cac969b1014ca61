package cost_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/prices"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func list(t *testing.T) *pricing.List {
	t.Helper()
	list, err := pricing.ReadList(prices.USEast1)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var configuration = environment.Configuration{
	"aws:region": "us-east-1", "slipway:nat": "single", "slipway:zones": `["a","b"]`, "slipway:databaseMultiAz": "false",
	"slipway:domain": "", "slipway:hostedZone": "", "slipway:minTasks": "1",
}

// register is a small environment whose resources follow from its configuration.
func register(_ string, c environment.Configuration) ([]pricing.Resource, error) {
	if c["slipway:nat"] == "none" {
		return nil, errors.New("1 error occurred:\n\t* the configuration of stack staging can't be used; nothing was created. Correct Pulumi.staging.yaml:\nslipway:nat: tasks need a way out\nslipway:zones: so do zones\n\n")
	}
	strategy := map[string]string{"single": "Single", "perZone": "OnePerAz"}[c["slipway:nat"]]
	if strategy == "" {
		strategy = "None"
	}
	zones := []any{"a", "b", "c"}
	if c["slipway:zones"] == `["a","b"]` {
		zones = zones[:2]
	}
	tasks := map[string]float64{"1": 1, "2": 2, "3": 3}[c["slipway:minTasks"]]
	alarm := func(name string) pricing.Resource {
		return pricing.Resource{Type: "aws:cloudwatch/metricAlarm:MetricAlarm", Name: name, Component: "alarms"}
	}
	return []pricing.Resource{
		{Type: "slipway:network:Network", Name: "staging-network", Component: "network"},
		{Type: "awsx:ec2:Vpc", Name: "staging-network", Component: "network", Properties: map[string]any{
			"availabilityZoneNames": zones, "natGateways": map[string]any{"strategy": strategy}}},
		{Type: "aws:lb/loadBalancer:LoadBalancer", Name: "staging-edge", Component: "edge", Properties: map[string]any{"loadBalancerType": "application"}},
		{Type: "aws:rds/instance:Instance", Name: "staging-database", Component: "database", Properties: map[string]any{
			"engine": "postgres", "instanceClass": "db.t4g.large", "storageType": "gp3", "allocatedStorage": 20.0, "multiAz": c["slipway:databaseMultiAz"] == "true"}},
		{Type: "aws:ecs/service:Service", Name: "staging-app", Component: "app", Properties: map[string]any{"launchType": "FARGATE", "desiredCount": tasks}},
		{Type: "aws:ecs/taskDefinition:TaskDefinition", Name: "staging-app", Component: "app", Properties: map[string]any{
			"cpu": "256", "memory": "512", "runtimePlatform": map[string]any{"cpuArchitecture": "ARM64"}}},
		{Type: "aws:s3/bucketV2:BucketV2", Name: "staging-media", Component: "media"},
		alarm("one"), alarm("two"), alarm("three"),
	}, nil
}

func report(t *testing.T, stack string) *cost.Report {
	t.Helper()
	report, err := price(t, stack, configuration, register)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func price(t *testing.T, stack string, configuration environment.Configuration, register cost.Register) (*cost.Report, error) {
	t.Helper()
	pricer := cost.Pricer{List: list(t), Register: register}
	report, err := pricer.Price(stack, configuration)
	if err != nil {
		return nil, err
	}
	return report, pricer.Try(report, configuration)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s\n(go test ./cost -update writes it anew)", got, want)
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	if err := report(t, "staging").Write(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "staging.txt", out.Bytes())
}

func TestJSON(t *testing.T) {
	got, err := json.MarshalIndent(report(t, "staging"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "staging.json", append(got, '\n'))
}

func TestTarget(t *testing.T) {
	for stack, over := range map[string]bool{"staging": true, "prod": false, "review": false} {
		if got := report(t, stack).Over(); got != over {
			t.Errorf("%s: got %t at %.2f", stack, got, report(t, stack).Total)
		}
	}
	if report(t, "review").Target != nil {
		t.Error("review has a target")
	}
}

// What an option adds is the difference of two totals, in cents.
func TestOptions(t *testing.T) {
	got := report(t, "staging")
	adds := map[string]float64{}
	for _, option := range got.Options {
		if option.Refused == "" {
			adds[option.Name()] = option.Adds
			if diff := option.Total - got.Total - option.Adds; diff > 0.001 || diff < -0.001 {
				t.Errorf("%s: %.2f and %.2f do not differ by %.2f", option.Name(), option.Total, got.Total, option.Adds)
			}
			continue
		}
		if option.Name() != "nat=none" || option.Refused != "slipway:nat: tasks need a way out; slipway:zones: so do zones" {
			t.Errorf("%s is refused: %q", option.Name(), option.Refused)
		}
	}
	for name, want := range map[string]float64{
		"nat=perZone":               32.85 + 3.65 + 0.09,
		"zones=[\"a\",\"b\",\"c\"]": 3.65,
		"databaseMultiAz=true":      0.129*730 + 2.3,
		"firewall=true":             0,
		`domain=recipes.example.com hostedZone=example.com`: 0,
	} {
		if diff := adds[name] - want; diff > 0.01 || diff < -0.01 {
			t.Errorf("%s adds %.2f, want %.2f", name, adds[name], want)
		}
	}
	for _, is := range []string{"nat=single", "zones=2", "databaseMultiAz=false", `domain="" hostedZone=""`} {
		if _, listed := adds[is]; listed {
			t.Errorf("%s is what the environment has", is)
		}
	}
}

func TestEnvironmentThatCannotBePricedIsAnError(t *testing.T) {
	if _, err := price(t, "staging", configuration.With(map[string]string{"nat": "none"}), register); err == nil || !strings.Contains(err.Error(), "tasks need a way out") {
		t.Errorf("got %v", err)
	}
	queue := func(_ string, c environment.Configuration) ([]pricing.Resource, error) {
		resources, err := register("", c)
		if c["slipway:workerTasks"] == "2" {
			resources = append(resources, pricing.Resource{Type: "aws:sqs/queue:Queue", Name: "jobs"})
		}
		return resources, err
	}
	want := "price staging with workerTasks=2: no price rule for aws:sqs/queue:Queue (jobs)"
	if _, err := price(t, "staging", configuration, queue); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Whoever adds a configuration key says here what it may cost.
func TestEveryConfigurationKeyIsConsidered(t *testing.T) {
	t.Chdir("../../..")
	keys, err := environment.Keys()
	if err != nil {
		t.Fatal(err)
	}
	considered := append(cost.Tried(), cost.NotTried()...)
	slices.Sort(considered)
	if len(slices.Compact(slices.Clone(considered))) != len(considered) {
		t.Errorf("a key is tried and not tried: %v", considered)
	}
	for _, key := range keys {
		if !slices.Contains(considered, key) {
			t.Errorf("Pulumi.yaml has %s: add it to options, with values to try, or to without, with the reason", key)
		}
	}
	for _, key := range considered {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is no key of Pulumi.yaml", key)
		}
	}
}

// The committed environments: every type that the program registers, with any
// option, has a rule or is free.
func TestCommittedEnvironmentsCanBePriced(t *testing.T) {
	t.Chdir("../../..")
	taken := map[string]bool{}
	for _, stack := range []string{"staging", "prod"} {
		configuration, err := environment.Read(stack)
		if err != nil {
			t.Fatal(err)
		}
		report, err := price(t, stack, configuration, environment.Resources)
		if err != nil {
			t.Fatal(err)
		}
		if report.Total < 20 || report.Total > 1000 {
			t.Errorf("%s costs %.2f", stack, report.Total)
		}
		for _, line := range report.Lines {
			if line.Component == "" || strings.HasPrefix(line.Component, stack) {
				t.Errorf("%s: %+v belongs to no component", stack, line)
			}
		}
		for _, option := range report.Options {
			for key := range option.Set {
				taken[key] = taken[key] || option.Refused == ""
			}
		}
	}
	for _, key := range cost.Tried() {
		if !taken[key] {
			t.Errorf("no environment takes another value of %s", key)
		}
	}
}
