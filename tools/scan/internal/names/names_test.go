package names_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"gitlab.com/slipway/slipway/tools/plugintest"
	"gitlab.com/slipway/slipway/tools/scan/internal/names"
)

var update = flag.Bool("update", false, "write names.json anew")

func TestTableIsThePlugins(t *testing.T) {
	plugin := plugintest.Build(t, "../../..")
	table := derive(t, ask(t, plugin))

	var schema pulumiSchema
	if err := json.Unmarshal(run(t, plugin, "schema"), &schema); err != nil {
		t.Fatal(err)
	}
	for _, problem := range conform(table, &schema) {
		t.Error(problem)
	}

	text := write(t, table)
	if *update {
		if err := os.WriteFile("names.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("names.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, text) {
		t.Errorf("names.json is not what the aws plugin says: run `go test ./internal/names -update` in tools/scan\n%s", firstDifference(committed, text))
	}
}

func TestLoadReadsEveryForm(t *testing.T) {
	table, err := names.Load()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"aws:s3/bucketV2:BucketV2 forceDestroy":                        "force_destroy bool",
		"aws:s3/bucketV2:BucketV2 versionings":                         "versioning list(#aws_s3_bucket.versioning)",
		"aws:rds/instance:Instance allocatedStorage":                   "allocated_storage number",
		"aws:lb/loadBalancer:LoadBalancer accessLogs":                  "access_logs one(#aws_lb.access_logs)",
		"aws:lb/loadBalancer:LoadBalancer tags":                        "tags map(string)",
		"aws:lb/loadBalancer:LoadBalancer subnetMappings":              "subnet_mapping list(#aws_lb.subnet_mapping)",
		"aws:ecs/service:Service loadBalancers":                        "load_balancer list(#aws_ecs_service.load_balancer)",
		"aws:cloudwatch/metricAlarm:MetricAlarm name":                  "alarm_name string",
		"aws:sns/topicSubscription:TopicSubscription topic":            "topic_arn string",
		"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup ingress":    "ingress list(#aws_default_security_group.egress)",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule id": "id string",
	} {
		token, property, _ := strings.Cut(path, " ")
		found := table.Resources[token][property]
		if got := found.Name + " " + found.Type.String(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestEveryObjectIsThere(t *testing.T) {
	table, err := names.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	check := func(place string, object names.Object) {
		for name, property := range object {
			typ := property.Type
			for typ.Elem != nil {
				typ = *typ.Elem
			}
			if typ.Kind != names.Nested {
				continue
			}
			used[typ.Object] = true
			if _, known := table.Objects[typ.Object]; !known {
				t.Errorf("%s.%s: no object %s", place, name, typ.Object)
			}
		}
	}
	for token, object := range table.Resources {
		check(token, object)
	}
	for place, object := range table.Objects {
		check(place, object)
	}
	if len(used) != len(table.Objects) {
		t.Errorf("%d of %d objects are used", len(used), len(table.Objects))
	}
}

func TestParseTypeRefusesOthers(t *testing.T) {
	for _, text := range []string{"", "#", "text", "list", "list()", "list(string", "tree(string)", "one(#)"} {
		if typ, err := names.ParseType(text); err == nil {
			t.Errorf("%q: got %v", text, typ)
		}
	}
	for _, text := range []string{`{"bucket": ""}`, `{"bucket": " string"}`, `{"bucket": "bucket text"}`, `{"bucket": 1}`} {
		var o names.Object
		if err := json.Unmarshal([]byte(text), &o); err == nil {
			t.Errorf("%s: got %v", text, o)
		}
	}
}

// write is the committed form of a table: a line for each type.
func write(t *testing.T, table *names.Table) []byte {
	t.Helper()
	var text bytes.Buffer
	section := func(name string, objects map[string]names.Object, end string) {
		text.WriteString("\"" + name + "\": {\n")
		lines := make([]string, 0, len(objects))
		for _, key := range sortedKeys(objects) {
			line, err := json.Marshal(objects[key])
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, "\""+key+"\": "+string(line))
		}
		text.WriteString(strings.Join(lines, ",\n") + "\n}" + end + "\n")
	}
	text.WriteString("{\n")
	section("resources", table.Resources, ",")
	section("objects", table.Objects, "")
	text.WriteString("}\n")
	return text.Bytes()
}

func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "committed " + a[i] + "\nplugin    " + b[i]
		}
	}
	return "one has more lines"
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// ask starts the plugin and asks for its mapping to Terraform, which bridged
// plugins have for Pulumi's converters.
func ask(t *testing.T, plugin string) []byte {
	t.Helper()
	conn, err := grpc.NewClient(plugintest.Start(t, exec.Command(plugin)),
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	response, err := pulumirpc.NewResourceProviderClient(conn).GetMapping(t.Context(), &pulumirpc.GetMappingRequest{Key: "terraform"})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetData()
}
