package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/plugintest"
)

// root is the directory of the program, tools that of its tools.
const root, tools = "../../..", "../.."

func TestPluginHasTheSDKsProperties(t *testing.T) {
	found := differences(t)
	content, err := os.ReadFile("known-differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := parseKnown(string(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := check(found, append(accepted, newer()...)); err != nil {
		t.Errorf("the plugin and pulumi-aws %s differ; correct the mapping table, or known-differences.txt with the reason:\n%v", mapping.Version, err)
	}
}

func TestProgramUsesNothingThatThePluginLacks(t *testing.T) {
	uses, err := Missing(root, differences(t), sdkDir(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range uses {
		t.Errorf("%s: the plugin has no %s: add it to the mapping table, as Newer if the Terraform provider is too old for it", u.Position, u.What)
	}
}

func TestPluginTakesTheLogsThatRDSHasGotSince(t *testing.T) {
	client := start(t, plugintest.Build(t, tools), nil)
	for log, taken := range map[string]bool{"postgresql": true, "iam-db-auth-error": true, "iam": false} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		checked, err := client.Check(ctx, &pulumirpc.CheckRequest{
			Urn:  "urn:pulumi:test::test::aws:rds/instance:Instance::db",
			News: marshal(t, map[string]any{"instanceClass": "db.t4g.micro", "enabledCloudwatchLogsExports": []any{log}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if failures := checked.GetFailures(); (len(failures) == 0) != taken {
			t.Errorf("%s: got %v, want it taken: %v", log, failures, taken)
		}
	}
}

// differences compares the plugin, which it builds if needed, with the SDK that
// the program's go.mod names.
func differences(t *testing.T) []Difference {
	t.Helper()
	schema := run(t, ".", plugintest.Build(t, tools), "schema")
	found, err := Compare([]byte(schema), sdkDir(t))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sdkDir(t *testing.T) string {
	t.Helper()
	const module = "github.com/pulumi/pulumi-aws/sdk/v6"
	run(t, root, "go", "mod", "download", module)
	var info struct{ Version, Dir string }
	if err := json.Unmarshal([]byte(run(t, root, "go", "list", "-m", "-json", module)), &info); err != nil {
		t.Fatal(err)
	}
	if info.Version != "v"+mapping.Version {
		t.Fatalf("the program is pinned to pulumi-aws %s, the mapping table describes v%s: make them the same", info.Version, mapping.Version)
	}
	return filepath.Join(info.Dir, "go", "aws")
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "TARGET=local")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

func TestCompareFindsEveryKindOfDifference(t *testing.T) {
	sdk := fixedSide{
		"T": {"same": {}, "added": {}, "one": {nested: "N"}, "plain": {}},
		"N": {"deep": {}, "listed": {shape: list}},
	}
	plugin := fixedSide{
		"t": {"same": {}, "removed": {}, "one": {shape: list, nested: "n"}, "plain": {nested: "n"}},
		"n": {"listed": {}},
	}
	c := newComparison(plugin, sdk)
	if err := c.nested("", "t", "T"); err != nil {
		t.Fatal(err)
	}
	if err := c.nested("inner.", "n", "N"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.result() {
		got = append(got, d.String())
	}
	want := []string{
		"added: only in the SDK",
		"one: []object in the plugin, object in the SDK",
		"plain: object in the plugin, value in the SDK",
		"removed: only in the plugin",
		"inner.deep: only in the SDK",
		"inner.listed: value in the plugin, []value in the SDK",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCheckWantsEachDifferenceExplainedAndEachExplanationNeeded(t *testing.T) {
	accepted, err := parseKnown("# newer\na input x.**.y: only in the SDK\n\n# gone\nb input z: only in the SDK\n")
	if err != nil {
		t.Fatal(err)
	}
	found := []Difference{{Place: "a input x.deep.y", Problem: OnlySDK}, {Place: "c output w", Problem: OnlyPlugin}}
	got := fmt.Sprint(check(found, accepted))
	want := "not known: c output w: only in the plugin\nno difference any more: b input z: only in the SDK"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := parseKnown("a input x: only in the SDK\n"); err == nil {
		t.Error("an entry without a reason was accepted")
	}
}

func TestMissingFindsUnmappedTypesAndLackingArguments(t *testing.T) {
	dir := t.TempDir()
	source := `package p

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	loadbalancing "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
)

func f() {
	lambda.NewFunction(nil, "f", nil)
	loadbalancing.NewListener(nil, "l", &loadbalancing.ListenerArgs{
		Port:              nil,
		LoadBalancerArn:   nil,
		MutualAuthentication: &loadbalancing.ListenerMutualAuthenticationArgs{AdvertiseTrustStoreCaNames: nil},
		RoutingHttpResponseServerEnabled: nil,
	})
}
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	found := []Difference{
		{Owner: "lb.Listener", Property: "loadBalancerArn", Problem: OnlySDK},
		{Owner: "lb.Listener", Property: "routingHttpResponseServerEnabled", Problem: OnlySDK}, // Newer in the table
		{Owner: "lb.ListenerMutualAuthentication", Property: "advertiseTrustStoreCaNames", Problem: OnlySDK},
	}
	uses, err := Missing(dir, found, sdkDir(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range uses {
		got = append(got, u.What)
	}
	want := "lambda.NewFunction lb.ListenerArgs.LoadBalancerArn lb.ListenerMutualAuthenticationArgs.AdvertiseTrustStoreCaNames"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

type fixedSide map[string]map[string]property

func (s fixedSide) properties(nested string) (map[string]property, error) { return s[nested], nil }
