package infra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// The program runs where Pulumi.yaml is.
func TestMain(m *testing.M) {
	if err := os.Chdir(".."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// stackValues reads a committed stack file as the engine passes it on: lists as
// JSON, everything else as text.
func stackValues(t testing.TB, stack string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("Pulumi." + stack + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for key, value := range content.Config {
		values[key] = fmt.Sprint(value)
		if list, is := value.([]any); is {
			encoded, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			values[key] = string(encoded)
		}
	}
	return values
}

func root(dir string) pulumi.RunOption {
	return func(info *pulumi.RunInfo) { info.RootDirectory = dir }
}

func deploy(t *testing.T, stack string) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, stack, stackValues(t, stack), infra.Deploy, root("."))
}

// What each environment registers stands in testdata: every resource with its
// parent, and whether Pulumi protects it. UPDATE=1 writes the files anew, for
// review.
func TestEnvironmentsRegisterExactly(t *testing.T) {
	for _, stack := range []string{"staging", "prod", "review"} {
		t.Run(stack, func(t *testing.T) {
			var got []string
			for _, res := range deploy(t, stack).All() {
				if res.Type == "pulumi:pulumi:Stack" {
					continue
				}
				line := res.Key() + " < " + res.Parent
				if res.Protected {
					line += " (protected)"
				}
				got = append(got, line)
			}
			slices.Sort(got)
			file := filepath.Join("infra", "testdata", stack+".txt")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			mocktest.Equal(t, "resources", got, strings.Split(strings.TrimSpace(string(want)), "\n"))
		})
	}
}

func TestOnlyProdIsProtected(t *testing.T) {
	mocktest.Equal(t, "staging", deploy(t, "staging").Protected(), nil)
	mocktest.Equal(t, "prod", deploy(t, "prod").Protected(), []string{
		"kms.Key slipway-prod-database", "kms.Key slipway-prod-key", "lb.LoadBalancer slipway-prod-edge", "rds.Instance slipway-prod-database",
	})
}

// What a restore asks for: without protection the database can be replaced, and
// nothing else is different than before, above all nothing that expires.
func TestProtectionDecidesAboutDeletionOnly(t *testing.T) {
	protected := deploy(t, "prod")
	values := stackValues(t, "prod")
	values["slipway:protect"] = "false"
	open := mocktest.MustRun(t, "prod", values, infra.Deploy, root("."))
	mocktest.Equal(t, "resources", open.Keys(), protected.Keys())
	mocktest.Equal(t, "protected", open.Protected(), nil)
	var changed []string
	for _, before := range protected.All() {
		after := open.Get(t, before.Key())
		for key, value := range before.Inputs {
			if !value.DeepEquals(after.Inputs[key]) && !slices.Contains(before.IgnoreChanges, string(key)) {
				changed = append(changed, before.Key()+" "+string(key))
			}
		}
	}
	slices.Sort(changed)
	mocktest.Equal(t, "changed", changed, []string{
		"lb.LoadBalancer slipway-prod-edge enableDeletionProtection",
		"rds.Instance slipway-prod-database deletionProtection",
		"s3.BucketV2 slipway-prod-logs forceDestroy", "s3.BucketV2 slipway-prod-media forceDestroy",
		"secretsmanager.Secret slipway-prod-secret-key recoveryWindowInDays",
	})
	if instance := open.Get(t, "rds.Instance slipway-prod-database"); instance.Inputs["skipFinalSnapshot"].BoolValue() {
		t.Error("the database that is replaced leaves no snapshot")
	}
}

func TestEveryResourceHasAComponentAsParent(t *testing.T) {
	for _, stack := range []string{"staging", "prod"} {
		got := deploy(t, stack)
		var roots []string
		for _, res := range got.All() {
			if strings.HasPrefix(res.Type, "slipway:") && strings.HasPrefix(res.Parent, "pulumi.Stack") {
				roots = append(roots, res.Key())
			}
		}
		if len(roots) < 9 {
			t.Errorf("%s: only %d components at the top: %q", stack, len(roots), roots)
		}
		got.CheckParents(t, roots...)
	}
}

// An option adds what it says and replaces or removes nothing else.
func TestOptionsAddOnlyWhatTheyName(t *testing.T) {
	for name, test := range map[string]struct {
		stack, key, value string
		adds, removes     []string
	}{
		"no worker": {"staging", "workerTasks", "0", nil, []string{
			"cloudwatch.MetricAlarm slipway-staging-alarms-backlog", "cloudwatch.MetricAlarm slipway-staging-alarms-worker-jobs-tasks", "ecs.Service slipway-staging-app-worker-jobs", "ecs.TaskDefinition slipway-staging-app-worker-jobs"}},
		"CDN": {"prod", "cdn", "true", []string{
			"cdn.CDN slipway-prod-cdn", "cloudfront.Distribution slipway-prod-cdn", "cloudfront.OriginAccessControl slipway-prod-cdn"}, nil},
		"no firewall": {"prod", "firewall", "false", nil, []string{
			"cloudwatch.LogGroup slipway-prod-firewall", "cloudwatch.LogResourcePolicy slipway-prod-firewall", "firewall.Firewall slipway-prod-firewall",
			"wafv2.WebAcl slipway-prod-firewall", "wafv2.WebAclAssociation slipway-prod-firewall", "wafv2.WebAclLoggingConfiguration slipway-prod-firewall"}},
		"CORS":         {"staging", "mediaCorsOrigins", `["https://www.example.com"]`, []string{"s3.BucketCorsConfigurationV2 slipway-staging-media-cors"}, nil},
		"no budget":    {"staging", "monthlyBudgetUsd", "0", nil, []string{"budgets.Budget slipway-staging-alarms"}},
		"subscription": {"staging", "alarmEmails", `["a@example.com"]`, []string{"sns.TopicSubscription slipway-staging-alarms-a@example.com"}, nil},
		"endpoint": {"prod", "interfaceEndpoints", `["logs"]`, []string{
			"ec2.SecurityGroup slipway-prod-network-endpoints", "ec2.VpcEndpoint slipway-prod-network-logs", "vpc.SecurityGroupIngressRule slipway-prod-network-endpoints-https"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			before := deploy(t, test.stack).Keys()
			values := stackValues(t, test.stack)
			values["slipway:"+test.key] = test.value
			after := mocktest.MustRun(t, test.stack, values, infra.Deploy, root(".")).Keys()
			without := func(from, what []string) []string {
				return slices.DeleteFunc(slices.Clone(from), func(k string) bool { return slices.Contains(what, k) })
			}
			mocktest.Equal(t, "added", without(after, before), test.adds)
			mocktest.Equal(t, "removed", without(before, after), test.removes)
		})
	}
}

// Tasks that start before the routes can't pull their image, and a host that does
// can't install its packages.
func TestWhatNeedsTheWayOutComesAfterIt(t *testing.T) {
	for _, nat := range []string{"instance", "single", "perZone"} {
		values := stackValues(t, "staging")
		values["slipway:nat"] = nat
		got := mocktest.MustRun(t, "staging", values, infra.Deploy, root("."))
		waits := []string{"service.Service slipway-staging-app"}
		if nat != "instance" {
			waits = append(waits, "adminhost.Host slipway-staging-admin")
		} else if route := got.Get(t, "ec2.Route slipway-staging-network-out-1"); !slices.Contains(route.DependsOn, "autoscaling.Group slipway-staging-admin") {
			t.Errorf("the routes lead to a host that is not there: %v", route.DependsOn)
		}
		for _, who := range waits {
			for _, route := range []string{"ec2.Route slipway-staging-network-out-1", "ec2.Route slipway-staging-network-out-2"} {
				if on := got.Get(t, who).DependsOn; !slices.Contains(on, route) {
					t.Errorf("nat %s: %s does not wait for %s: %v", nat, who, route, on)
				}
			}
		}
	}
}

// The NAT host is the way out, so it is there whether or not people want it.
func TestAdminHostIsThereWhenAskedForOrNeeded(t *testing.T) {
	for _, test := range []struct {
		nat, wanted string
		there       bool
	}{
		{"instance", "false", true}, {"instance", "true", true}, {"single", "true", true}, {"single", "false", false},
	} {
		values := stackValues(t, "staging")
		values["slipway:nat"], values["slipway:adminHost"] = test.nat, test.wanted
		got := mocktest.MustRun(t, "staging", values, infra.Deploy, root(".")).Keys()
		if there := slices.Contains(got, "adminhost.Host slipway-staging-admin"); there != test.there {
			t.Errorf("nat %s, adminHost %s: there is %v", test.nat, test.wanted, there)
		}
		for group, there := range map[string]bool{"slipway-staging-admin": test.nat == "instance", "slipway-staging-admin-private": test.there && test.nat != "instance"} {
			if slices.Contains(got, "autoscaling.Group "+group) != there {
				t.Errorf("nat %s, adminHost %s: group %s is not there: %v", test.nat, test.wanted, group, there)
			}
		}
	}
}

func TestEverythingThatTakesTagsHasThem(t *testing.T) {
	tagged := 0
	for _, res := range deploy(t, "prod").All() {
		tags, has := res.Inputs["tags"]
		if !has || !tags.IsObject() {
			continue
		}
		tagged++
		for key, want := range map[resource.PropertyKey]string{"project": "slipway", "environment": "prod", "owner": "platform-team"} {
			if got := tags.ObjectValue()[key]; !got.IsString() || got.StringValue() != want {
				t.Errorf("%s: tag %s is %v", res.Key(), key, got)
			}
		}
	}
	if tagged < 50 {
		t.Errorf("only %d resources have tags", tagged)
	}
}

func TestConfigurationPrintsWhatItResolvedTo(t *testing.T) {
	var text string
	mocktest.MustRun(t, "prod", stackValues(t, "prod"), func(ctx *pulumi.Context) error {
		config, err := infra.LoadConfig(ctx)
		if err == nil {
			text = config.String()
		}
		return err
	}, root("."))
	for _, want := range []string{
		"configuration of stack prod:\n", "\n  vpcCidr                10.20.0.0/16\n", "\n  alarmEmails            ops@example.com\n",
		"\n  databaseSnapshot       -\n", "\n  protect                true\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if lines, keys := strings.Count(text, "\n"), len(stackValues(t, "prod")); lines != keys {
		t.Errorf("%d lines for %d keys and a heading less aws:region", lines, keys)
	}
}

// The longest names that are taken have room in AWS, where Pulumi appends 8
// characters; one more is refused.
func TestNamesFitAWS(t *testing.T) {
	const project = "recipes"
	most := map[string]int{
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
		"aws:lb/loadBalancer:LoadBalancer": 32, "aws:lb/targetGroup:TargetGroup": 32,
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
		"aws:iam/role:Role": 64, "aws:iam/instanceProfile:InstanceProfile": 128,
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
		"aws:s3/bucketV2:BucketV2": 63,
		// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html
		"aws:scheduler/scheduleGroup:ScheduleGroup": 64,
	}
	for _, stack := range []string{"x", strings.Repeat("x", 11), strings.Repeat("x", 12)} {
		for _, from := range []string{"staging", "prod"} {
			values := map[string]string{}
			for key, value := range stackValues(t, from) {
				values[strings.Replace(key, "slipway:", project+":", 1)] = value
			}
			got, err := mocktest.Run(t, stack, values, infra.Deploy, root(t.TempDir()), mocktest.Project(project))
			if len(stack) == 12 {
				want := `project "recipes" and stack name "xxxxxxxxxxxx" have 19 characters together, 18 are the most`
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, res := range got.All() {
				if limit, there := most[res.Type]; there {
					seen++
					if len(res.Name)+8 > limit {
						t.Errorf("%s is longer than %d", res.Key(), limit)
					}
				}
			}
			if seen < 8 {
				t.Errorf("only %d names were looked at", seen)
			}
		}
	}
}

func TestStackFilesHaveTheSameKeys(t *testing.T) {
	staging := stackValues(t, "staging")
	for _, other := range []string{"prod", "review"} {
		mocktest.Equal(t, "keys of "+other, slices.Sorted(maps.Keys(stackValues(t, other))), slices.Sorted(maps.Keys(staging)))
	}

	text, err := os.ReadFile("Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var project struct {
		Config map[string]struct{ Type, Description string }
	}
	if err := yaml.Unmarshal(text, &project); err != nil {
		t.Fatal(err)
	}
	var described []string
	for key, about := range project.Config {
		described = append(described, "slipway:"+key)
		if about.Type == "" || about.Description == "" {
			t.Errorf("Pulumi.yaml: %s has no type or no description", key)
		}
	}
	slices.Sort(described)
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(staging)), func(k string) bool { return !strings.HasPrefix(k, "slipway:") })
	mocktest.Equal(t, "keys described in Pulumi.yaml", described, keys)
}

func TestAppIsToldWhereThingsAre(t *testing.T) {
	task := deploy(t, "prod").Get(t, "ecs.TaskDefinition slipway-prod-app")
	definitions := task.Inputs["containerDefinitions"].StringValue()
	for _, want := range []string{
		`{"name":"DB_HOST","value":"slipway-prod-database.rds.amazonaws.com"}`,
		`{"name":"DB_SECRET_ARN","value":"arn:aws:secretsmanager:us-east-1:111122223333:slipway-prod-database-master"}`,
		`{"name":"DJANGO_ALLOWED_HOSTS","value":"recipes.example.com"}`,
		`{"name":"DJANGO_SECURE","value":"true"}`,
		`{"name":"MEDIA_BUCKET","value":"slipway-prod-media"}`,
		`{"name":"METRICS_NAMESPACE","value":"slipway"}`,
		`{"name":"DJANGO_SECRET_KEY","valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:slipway-prod-secret-key"}`,
		`{"name":"DJANGO_SECRET_KEY_LAST","valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:slipway-prod-secret-key::LAST:"}`,
		`{"name":"DJANGO_SECRET_KEY_NEXT","valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:slipway-prod-secret-key::NEXT:"}`,
	} {
		if !strings.Contains(definitions, want) {
			t.Errorf("missing %s in\n%s", want, definitions)
		}
	}
}

func TestTaskRoleMayReachItsOwnThingsOnly(t *testing.T) {
	policy := deploy(t, "staging").Get(t, "iam.RolePolicy slipway-staging-app-task").Inputs["policy"].StringValue()
	mocktest.SameJSON(t, policy, `{"Version":"2012-10-17","Statement":[
		{"Sid":"MediaObjects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::slipway-staging-media/media/*"]},
		{"Sid":"MediaList","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::slipway-staging-media"],"Condition":{"StringLike":{"s3:prefix":"media/*"}}},
		{"Sid":"DatabaseCredentials","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:slipway-staging-database-master"]},
		{"Sid":"DatabaseKey","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["arn:aws:kms:us-east-1:111122223333:slipway-staging-database"]},
		{"Sid":"EncryptAndDecrypt","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":["arn:aws:kms:us-east-1:111122223333:slipway-staging-key"]},
		{"Sid":"FirstAdministrator","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:slipway-staging-superuser-*"]},
		{"Sid":"SessionChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]},
		{"Sid":"FindSessionLogs","Effect":"Allow","Action":["logs:DescribeLogGroups"],"Resource":["*"]},
		{"Sid":"WriteSessionLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:111122223333:slipway-staging-app-exec:*"]},
		{"Sid":"DecryptSessions","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["arn:aws:kms:us-east-1:111122223333:slipway-staging-key"]}]}`)
}

func TestHSTSIsForTheHostUnlessAskedFor(t *testing.T) {
	for hsts, want := range map[string][]string{
		"host":       {},
		"subdomains": {`{"name":"HSTS_PRELOAD","value":"false"}`, `{"name":"HSTS_SUBDOMAINS","value":"true"}`},
		"preload":    {`{"name":"HSTS_PRELOAD","value":"true"}`, `{"name":"HSTS_SUBDOMAINS","value":"true"}`},
	} {
		values := stackValues(t, "prod")
		values["slipway:hsts"] = hsts
		got := mocktest.MustRun(t, "prod", values, infra.Deploy, root("."))
		text := got.Get(t, "ecs.TaskDefinition slipway-prod-app").Inputs["containerDefinitions"].StringValue()
		if strings.Count(text, "HSTS_") != len(want) {
			t.Errorf("%s: got %s", hsts, text)
		}
		for _, variable := range want {
			if !strings.Contains(text, variable) {
				t.Errorf("%s: no %s in %s", hsts, variable, text)
			}
		}
	}
}

func TestBadConfigurationNamesEveryKey(t *testing.T) {
	neighbour := "slipway:vpcCidr: 10.10.128.0/17 overlaps 10.10.0.0/16 of stack staging: take a range of its own"
	for name, test := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"missing key":      {map[string]string{"zones": "-"}, []string{"slipway:zones is missing"}},
		"two missing keys": {map[string]string{"zones": "-", "nat": "-"}, []string{"slipway:zones is missing", "slipway:nat is missing"}},
		"wrong types": {map[string]string{"zones": "two", "protect": "yes"}, []string{
			`slipway:zones: "two" must be a list of texts such as [one, two], or []`, `slipway:protect: "yes" must be true or false`}},
		"zones by number":  {map[string]string{"zones": "3"}, []string{`slipway:zones: "3" must be a list of texts such as [one, two], or []`}},
		"one zone":         {map[string]string{"zones": `["a"]`}, []string{"slipway:zones: 1 given, must be 2 to 4 letters such as [a, b]"}},
		"zone twice":       {map[string]string{"zones": `["a","a"]`}, []string{`slipway:zones: "a" is given twice`}},
		"zone by name":     {map[string]string{"zones": `["us-east-1a","b"]`}, []string{`slipway:zones: "us-east-1a" is not the letter of an availability zone, such as b for us-east-1b`}},
		"no address range": {map[string]string{"vpcCidr": "ten"}, []string{`slipway:vpcCidr: "ten" is not an address range such as 10.10.0.0/16`}},
		"range too small":  {map[string]string{"vpcCidr": "10.99.0.0/24"}, []string{"slipway:vpcCidr: 10.99.0.0/24 must be /16 to /20 to hold 4 zones of three tiers"}},
		"range too large":  {map[string]string{"vpcCidr": "10.0.0.0/8"}, []string{"slipway:vpcCidr: 10.0.0.0/8 must be /16 to /20 to hold 4 zones of three tiers"}},
		"public range":     {map[string]string{"vpcCidr": "8.8.0.0/16"}, []string{"slipway:vpcCidr: 8.8.0.0/16 is not private: take a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"}},
		"overlap":          {map[string]string{"vpcCidr": "10.10.128.0/17"}, []string{neighbour}},
		"same range":       {map[string]string{"vpcCidr": "10.10.0.0/16"}, []string{"slipway:vpcCidr: 10.10.0.0/16 overlaps 10.10.0.0/16 of stack staging: take a range of its own"}},
		"NAT":              {map[string]string{"nat": "double"}, []string{`slipway:nat: "double" must be one of none, instance, single, perZone`}},
		"domain":           {map[string]string{"domain": "Recipes"}, []string{`slipway:domain: "Recipes" is not a host name such as recipes.example.com`, `slipway:hostedZone: "example.com" does not hold Recipes: name the Route 53 zone that does, such as Recipes`}},
		"domain too long": {map[string]string{"domain": strings.Repeat("a.", 27) + "example.com"}, []string{
			`slipway:domain: "` + strings.Repeat("a.", 27) + `example.com" has 65 characters: the first name of a certificate can have 64`}},
		"redirect": {map[string]string{"redirectDomains": `["www", "recipes.example.com"]`}, []string{
			`slipway:redirectDomains: "www" is not a host name such as recipes.example.com`,
			`"recipes.example.com" is the domain itself`,
			`slipway:hostedZone: "example.com" does not hold www: name the Route 53 zone that does, such as www`}},
		"redirect of another zone": {map[string]string{"redirectDomains": `["www.example.org"]`}, []string{
			`slipway:hostedZone: "example.com" does not hold www.example.org: name the Route 53 zone that does, such as example.org`}},
		"HSTS":            {map[string]string{"hsts": "all"}, []string{`slipway:hsts: "all" must be one of host, subdomains, preload`}},
		"zone of another": {map[string]string{"hostedZone": "example.org"}, []string{`slipway:hostedZone: "example.org" does not hold recipes.example.com: name the Route 53 zone that does, such as example.com`}},
		"zone missing":    {map[string]string{"hostedZone": ""}, []string{`slipway:hostedZone: "" does not hold recipes.example.com: name the Route 53 zone that does, such as example.com`}},
		"zone alone":      {map[string]string{"domain": "", "protect": "false"}, []string{"slipway:hostedZone: goes with domain: give both or leave both empty"}},
		"prod without TLS": {map[string]string{"domain": "", "hostedZone": ""}, []string{
			"slipway:domain: is empty: a protected environment is served over TLS only, which needs a domain"}},
		"no owner":             {map[string]string{"owner": ""}, []string{`slipway:owner: "" must be a name of letters, digits, spaces and _.:/=+@-, such as platform-team: every resource is tagged with it`}},
		"owner with a tab":     {map[string]string{"owner": "a\tb"}, []string{`slipway:owner: "a\tb" must be a name of letters, digits, spaces and _.:/=+@-, such as platform-team: every resource is tagged with it`}},
		"boundary":             {map[string]string{"permissionsBoundary": "arn:aws:iam::1:policy/x"}, []string{`slipway:permissionsBoundary: "arn:aws:iam::1:policy/x" is not the name of an IAM policy with its path, such as slipway/pipeline/slipway-pipeline-staging-boundary`}},
		"list as text":         {map[string]string{"alarmEmails": "ops@example.com"}, []string{`slipway:alarmEmails: "ops@example.com" must be a list of texts such as [one, two], or []`}},
		"list of numbers":      {map[string]string{"interfaceEndpoints": "[1]"}, []string{`slipway:interfaceEndpoints: "[1]" must be a list of texts such as [one, two], or []`}},
		"bad address":          {map[string]string{"alarmEmails": `["ops"]`}, []string{`slipway:alarmEmails: "ops" is not an address such as ops@example.com`}},
		"address with a name":  {map[string]string{"alarmEmails": `["Ops <ops@example.com>"]`}, []string{`slipway:alarmEmails: "Ops <ops@example.com>" is not an address such as ops@example.com`}},
		"address twice":        {map[string]string{"alarmEmails": `["a@example.com","a@example.com"]`}, []string{`slipway:alarmEmails: "a@example.com" is given twice`}},
		"prod without address": {map[string]string{"alarmEmails": "[]"}, []string{"slipway:alarmEmails: is empty: a protected environment needs an address that its alarms go to"}},
		"unknown endpoint":     {map[string]string{"interfaceEndpoints": `["Logs!"]`}, []string{`slipway:interfaceEndpoints: "Logs!" is not a service's short name such as ecr.api`}},
		"long endpoint":        {map[string]string{"interfaceEndpoints": `["com.amazonaws.us-east-1.logs"]`}, []string{`slipway:interfaceEndpoints: "com.amazonaws.us-east-1.logs" is not a service's short name such as ecr.api`}},
		"gateway endpoint":     {map[string]string{"interfaceEndpoints": `["s3"]`}, []string{`slipway:interfaceEndpoints: "s3" has a free gateway endpoint in every network: leave it out`}},
		"endpoint twice":       {map[string]string{"interfaceEndpoints": `["logs","logs"]`}, []string{`slipway:interfaceEndpoints: "logs" is given twice`}},
		"CORS for all":         {map[string]string{"mediaCorsOrigins": `["*"]`}, []string{`slipway:mediaCorsOrigins: "*" is not an origin such as https://www.example.com`}},
		"CORS with a path":     {map[string]string{"mediaCorsOrigins": `["https://www.example.com/"]`}, []string{`slipway:mediaCorsOrigins: "https://www.example.com/" is not an origin such as https://www.example.com`}},
		"CORS twice":           {map[string]string{"mediaCorsOrigins": `["https://a.example.com","https://a.example.com"]`}, []string{`slipway:mediaCorsOrigins: "https://a.example.com" is given twice`}},
		"no on-demand task":    {map[string]string{"onDemandTasks": "0"}, []string{"slipway:onDemandTasks: 0: a protected environment needs a task that AWS does not stop at will"}},
		"too many on-demand":   {map[string]string{"onDemandTasks": "11"}, []string{"slipway:onDemandTasks: 11 must be 0 to 10"}},
		"negative workers":     {map[string]string{"workerTasks": "-1"}, []string{"slipway:workerTasks: -1 must be 0 to 100"}},
		"half a worker":        {map[string]string{"workerTasks": "0.5"}, []string{`slipway:workerTasks: "0.5" must be a whole number`}},
		"no final snapshot": {map[string]string{"databaseFinalSnapshot": "false"}, []string{
			"slipway:databaseFinalSnapshot: false: what a protected environment's database held must be in a snapshot when it is deleted"}},
		"no way out": {map[string]string{"nat": "none", "interfaceEndpoints": `["ecr.api","logs"]`}, []string{
			"slipway:nat: none leaves tasks no way to their image, log and secrets: take another value, or add to interfaceEndpoints: ecr.dkr, secretsmanager, ssmmessages"}},
		"host without a way out": {map[string]string{"nat": "none", "adminHost": "true", "interfaceEndpoints": `["ecr.api","ecr.dkr","logs","secretsmanager","ssmmessages"]`}, []string{
			"slipway:adminHost: true: without a NAT the host can't install psql: set it to false, or nat to another value than none"}},
		"snapshot":              {map[string]string{"databaseSnapshot": "my snapshot"}, []string{`slipway:databaseSnapshot: "my snapshot" is not the identifier or ARN of a snapshot`}},
		"snapshot of a cluster": {map[string]string{"databaseSnapshot": "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:x"}, []string{`slipway:databaseSnapshot: "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:x" is not the identifier or ARN of a snapshot`}},
		"budget":                {map[string]string{"monthlyBudgetUsd": "-5"}, []string{"slipway:monthlyBudgetUsd: -5 must be 0 to 1000000"}},
		"logs for ever":         {map[string]string{"logRetentionDays": "0"}, []string{"slipway:logRetentionDays: 0 days: logs can't be kept for ever, name a number of days such as 30"}},
		"firewall":              {map[string]string{"firewall": "on"}, []string{`slipway:firewall: "on" must be true or false`}},
		"five zones":            {map[string]string{"zones": `["a","b","c","d","e"]`}, []string{"slipway:zones: 5 given, must be 2 to 4 letters such as [a, b]"}},
		"host bits":             {map[string]string{"vpcCidr": "10.99.1.0/16"}, []string{"slipway:vpcCidr: 10.99.1.0/16 has bits set after its prefix: 10.99.0.0/16 is meant"}},
		"image account":         {map[string]string{"imageAccount": "staging"}, []string{`slipway:imageAccount: "staging" is not the number of an AWS account, 12 digits in quotes such as "111122223333"`}},
		"architecture":          {map[string]string{"architecture": "x86"}, []string{`slipway:architecture: "x86" must be one of arm64, amd64`}},
		"CPU":                   {map[string]string{"taskCpu": "300"}, []string{"slipway:taskCpu: CPU 300 must be one of 256, 512, 1024, 2048, 4096, 8192, 16384"}},
		"memory":                {map[string]string{"taskMemoryMiB": "700"}, []string{"slipway:taskCpu: memory 700 MiB does not go with CPU 256: 512, and 1024 to 2048 MiB in steps of 1024 do"}},
		"no task":               {map[string]string{"minTasks": "0"}, []string{"slipway:minTasks: 0 must be 1 to 1000"}},
		"tasks upside down":     {map[string]string{"minTasks": "5", "maxTasks": "4"}, []string{"slipway:maxTasks: 4 must be 5 to 1000"}},
		"instance class":        {map[string]string{"databaseClass": "t4g.micro"}, []string{`slipway:databaseClass: "t4g.micro" is not an instance class such as db.t4g.micro`}},
		"storage":               {map[string]string{"databaseStorageGiB": "10"}, []string{"slipway:databaseStorageGiB: 10 must be 20 to 13107"}},
		"backups":               {map[string]string{"databaseBackupDays": "0"}, []string{"slipway:databaseBackupDays: 0 must be 1 to 35"}},
		"retention":             {map[string]string{"logRetentionDays": "31"}, []string{"slipway:logRetentionDays: 31 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]"}},
	} {
		t.Run(name, func(t *testing.T) {
			values := stackValues(t, "prod")
			for key, value := range test.change {
				values["slipway:"+key] = value
				if value == "-" {
					delete(values, "slipway:"+key)
				}
			}
			got, err := mocktest.Run(t, "prod", values, infra.Deploy, root("."))
			if err == nil {
				t.Fatal("no error")
			}
			mocktest.Equal(t, "resources", got.Keys(), nil)
			head := "the configuration of stack prod can't be used; nothing was created. Correct Pulumi.prod.yaml:\n"
			_, problems, found := strings.Cut(err.Error(), head)
			if !found {
				t.Fatalf("got %v", err)
			}
			mocktest.Equal(t, "problems", strings.Split(strings.TrimSpace(problems), "\n"), test.want)
		})
	}
}

// The stack of merge request 7 has what Pulumi.review.yaml says.
func TestReviewEnvironmentIsInTheNetworkOfStaging(t *testing.T) {
	got := mocktest.MustRun(t, "review-7", stackValues(t, "review"), infra.Deploy, root("."))
	for key, want := range map[string]string{
		"rds.SubnetGroup slipway-review-7-database":    "shared_isolated_1 shared_isolated_2",
		"lb.LoadBalancer slipway-review-7-edge":        "shared_public_1 shared_public_2",
		"ecs.Service slipway-review-7-app":             "shared_private_1 shared_private_2",
		"ecs.Service slipway-review-7-app-worker-jobs": "shared_private_1 shared_private_2",
	} {
		inputs := got.Get(t, key).Inputs
		subnets := inputs["subnetIds"]
		if at, there := inputs["subnets"]; there {
			subnets = at
		}
		if network, there := inputs["networkConfiguration"]; there {
			subnets = network.ObjectValue()["subnets"]
		}
		var ids []string
		for _, id := range subnets.ArrayValue() {
			ids = append(ids, id.StringValue())
		}
		if strings.Join(ids, " ") != want {
			t.Errorf("%s is in %v, want %s", key, ids, want)
		}
	}
	for _, res := range got.All() {
		if vpc, there := res.Inputs["vpcId"]; there && vpc.StringValue() != "shared_vpc" {
			t.Errorf("%s is in VPC %s", res.Key(), vpc.StringValue())
		}
		if strings.HasPrefix(res.Type, "awsx:") || res.Type == "aws:ec2/route:Route" || res.Type == "aws:ec2/subnet:Subnet" {
			t.Errorf("%s belongs to staging", res.Key())
		}
	}
	got.Get(t, "rds.Instance slipway-review-7-database")
}

func TestBadSharedNetworkIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"this stack":      {map[string]string{"sharedNetwork": "review-7"}, []string{`slipway:sharedNetwork: "review-7" is this stack`}},
		"no stack":        {map[string]string{"sharedNetwork": "stagin"}, []string{`slipway:sharedNetwork: "stagin" is no stack with a network of its own: there is no Pulumi.stagin.yaml with a vpcCidr`}},
		"one that shares": {map[string]string{"sharedNetwork": "review"}, []string{`slipway:sharedNetwork: "review" is no stack with a network of its own`}},
		"settings of both": {map[string]string{"vpcCidr": "10.40.0.0/16", "nat": "single", "adminHost": "true", "interfaceEndpoints": `["logs"]`}, []string{
			`slipway:vpcCidr: must be ""`, "slipway:nat: must be none", "slipway:adminHost: must be false", "slipway:interfaceEndpoints: must be []: the network is that of stack staging"}},
		"protected": {map[string]string{"protect": "true"}, []string{"slipway:sharedNetwork: \"staging\": a protected environment needs a network that no other one can take away"}},
		"zones":     {map[string]string{"zones": `["a","b","c"]`}, []string{"network.Zones: 3 are asked for, and VPC slipway-staging-network has 0 subnets named slipway-staging-network-public-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := stackValues(t, "review")
			for key, value := range test.change {
				config["slipway:"+key] = value
			}
			_, err := mocktest.Run(t, "review-7", config, infra.Deploy, root("."))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in\n%s", want, err)
				}
			}
		})
	}
}

// checkRefusal fails unless a run ended with what is wanted before anything was
// registered, or well where nothing is wanted.
func checkRefusal(t *testing.T, got *mocktest.Recording, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

// Where AWS could not follow, the change is refused before anything is changed.
func TestChangeThatAWSCouldNotMakeIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]string
		want   string // empty: it is made
	}{
		"as it is":            {nil, ""},
		"a third zone":        {map[string]string{"zones": `["a","b","d"]`}, ""},
		"another range":       {map[string]string{"vpcCidr": "10.50.0.0/16"}, "slipway:vpcCidr: 10.50.0.0/16: the environment's VPC has 10.10.0.0/16, and AWS moves neither"},
		"zones turned around": {map[string]string{"zones": `["b","a"]`}, "slipway:zones: b is at place 1, where the environment's subnets are in a, which can't change"},
		"a zone before":       {map[string]string{"zones": `["a","c","b"]`}, "slipway:zones: c is at place 2, where the environment's subnets are in b, which can't change"},
		"a zone elsewhere":    {map[string]string{"zones": `["a","z"]`}, `slipway:zones: "z" is no zone of us-east-1, which has a, b, c, d`},
	} {
		t.Run(name, func(t *testing.T) {
			values := stackValues(t, "staging")
			for key, value := range test.change {
				values["slipway:"+key] = value
			}
			got, err := mocktest.Run(t, "standing", values, infra.Deploy, root(t.TempDir()))
			checkRefusal(t, got, err, test.want)
		})
	}
}

// What stands in one network is not led to another, and no zone is taken from under
// a database.
func TestMoveOfWhatStandsIsRefused(t *testing.T) {
	const three = `["a","b","c"]`
	inB := mocktest.Standing{VPCs: []string{"standing_vpc"}, Zone: "us-east-1b", Subnets: 2}
	inC := mocktest.Standing{VPCs: []string{"standing_vpc"}, Zone: "us-east-1c", Subnets: 3}
	inAWithStandby := mocktest.Standing{VPCs: []string{"standing_vpc"}, Zone: "us-east-1a", Standby: true, Subnets: 3}
	guest := mocktest.Standing{VPCs: []string{"shared_vpc"}, Zone: "us-east-1b", Subnets: 2}
	for name, test := range map[string]struct {
		stack, file string
		change      map[string]string
		there       mocktest.Standing
		want        string // empty: it is made
	}{
		"own, as it is":           {"standing", "staging", nil, inB, ""},
		"own, a third zone":       {"standing", "staging", map[string]string{"zones": three}, inB, ""},
		"guest, as it is":         {"review-7", "review", nil, guest, ""},
		"nothing there":           {"review-7", "review", nil, mocktest.Standing{}, ""},
		"own to shared":           {"review-7", "review", nil, mocktest.Standing{VPCs: []string{"own_vpc"}}, `slipway:sharedNetwork: "staging": the environment stands in another network, VPC own_vpc, and AWS moves neither its database nor its load balancer. Leave sharedNetwork as it was, or build another environment`},
		"shared to own":           {"review-7", "staging", map[string]string{"vpcCidr": "10.99.0.0/16"}, guest, `slipway:sharedNetwork: "": the environment stands in another network, VPC shared_vpc`},
		"one and half another":    {"standing", "staging", nil, mocktest.Standing{VPCs: []string{"standing_vpc", "shared_vpc"}}, "VPC shared_vpc"},
		"three zones, in c":       {"standing", "staging", map[string]string{"zones": three}, inC, ""},
		"database in a zone less": {"standing", "staging", nil, inC, "slipway:zones: a, b: RDS takes no zone away that an instance is in, and standing-database is in us-east-1c. Leave the zones, set databaseMultiAz to true and deploy; let it go over by `aws rds reboot-db-instance --db-instance-identifier standing-database --force-failover`"},
		"the same, as a guest":    {"review-7", "review", nil, mocktest.Standing{VPCs: []string{"shared_vpc"}, Zone: "us-east-1c", Subnets: 3}, "standing-database is in us-east-1c"},
		"standby, a zone less":    {"standing", "staging", nil, inAWithStandby, "slipway:zones: a, b: RDS takes no zone away that an instance is in, and standing-database has a standby in one that Pulumi can't see. Leave the zones, set databaseMultiAz to false and deploy"},
		"database elsewhere":      {"standing", "staging", nil, mocktest.Standing{VPCs: []string{"standing_vpc"}, Zone: "us-east-1a", Subnets: 3}, ""},
		"grown storage":           {"standing", "staging", nil, mocktest.Standing{Zone: "us-east-1a", Subnets: 2, StorageGiB: 90}, ""},
		"storage taken back":      {"standing", "staging", nil, mocktest.Standing{Zone: "us-east-1a", Subnets: 2, StorageGiB: 91}, "slipway:databaseStorageGiB: 20: standing-database has 91 GiB by now, which RDS does not take back. Set it to 21 or more"},
		"standby, as many zones":  {"standing", "staging", nil, mocktest.Standing{VPCs: []string{"standing_vpc"}, Zone: "us-east-1a", Standby: true, Subnets: 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			values := stackValues(t, test.file)
			for key, value := range test.change {
				values["slipway:"+key] = value
			}
			directory := t.TempDir()
			if test.file == "review" {
				directory = "." // where the owner's file is
			}
			got, err := mocktest.Run(t, test.stack, values, infra.Deploy, root(directory), mocktest.WithStanding(test.there))
			checkRefusal(t, got, err, test.want)
		})
	}
}

// A zone is where the stack's file says, whatever EC2 lists first.
func TestZonesAreThoseOfTheStackFile(t *testing.T) {
	values := stackValues(t, "staging")
	values["slipway:zones"] = `["d","b"]`
	vpc := mocktest.MustRun(t, "staging", values, infra.Deploy, root(".")).Get(t, "ec2.Vpc slipway-staging-network")
	var zones []string
	for _, zone := range vpc.Inputs["availabilityZoneNames"].ArrayValue() {
		zones = append(zones, zone.StringValue())
	}
	mocktest.Equal(t, "zones", zones, []string{"us-east-1d", "us-east-1b"})
}

func TestMisspelledKeyIsRefused(t *testing.T) {
	values := stackValues(t, "staging")
	t.Setenv(pulumi.EnvConfig, `{"slipway:zones":"2","slipway:zonez":"3","aws:region":"us-east-1"}`)
	_, err := mocktest.Run(t, "staging", values, infra.Deploy, root("."))
	if err == nil || !strings.Contains(err.Error(), "slipway:zonez: is not a key of this project") || strings.Contains(err.Error(), "aws:region") {
		t.Errorf("got %v", err)
	}
}

func TestBadStackNameIsRefused(t *testing.T) {
	for _, stack := range []string{"Prod", "1st", "much-too-long-a-name", "a_b", "a--b", "a-", ""} {
		_, err := mocktest.Run(t, stack, stackValues(t, "staging"), infra.Deploy, root(t.TempDir()))
		if err == nil || !strings.Contains(err.Error(), "stack name") {
			t.Errorf("%s: got %v", stack, err)
		}
	}
}

func TestUnreadableNeighbourIsReported(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.other.yaml"), []byte("config: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := mocktest.Run(t, "staging", stackValues(t, "staging"), infra.Deploy, root(dir))
	if err == nil || !strings.Contains(err.Error(), "Pulumi.other.yaml") {
		t.Errorf("got %v", err)
	}
}

// A clone may be anywhere, and a project have any name.
func TestNeighboursAreFoundWhereverTheyAre(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[team] a")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"Pulumi.other.yaml": "config:\n  shop:vpcCidr: 10.10.128.0/17\n",
		"Pulumi.else.yaml":  "config:\n  slipway:vpcCidr: 10.10.64.0/20\n",
		"Pulumi.empty.yaml": "",
		"Pulumi.yaml":       "name: shop\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string]string{}
	for key, value := range stackValues(t, "staging") {
		values[strings.Replace(key, "slipway:", "shop:", 1)] = value
	}
	_, err := mocktest.Run(t, "staging", values, infra.Deploy, root(dir), mocktest.Project("shop"))
	want := "shop:vpcCidr: 10.10.0.0/16 overlaps 10.10.128.0/17 of stack other: take a range of its own"
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "stack else") {
		t.Errorf("got %v, want %s", err, want)
	}
	values["shop:vpcCidr"], values["shop:nat"], values["shop:adminHost"], values["shop:sharedNetwork"] = "", "none", "false", "other"
	_, err = mocktest.Run(t, "staging", values, func(ctx *pulumi.Context) error {
		_, err := infra.LoadConfig(ctx)
		return err
	}, root(dir), mocktest.Project("shop"))
	if err != nil {
		t.Error(err)
	}
}

func TestNoSecretInPlainInputs(t *testing.T) {
	for _, res := range deploy(t, "staging").All() {
		for key, value := range res.Inputs {
			name := strings.ToLower(string(key))
			if (strings.Contains(name, "password") || strings.Contains(name, "secretstring")) && value.IsString() {
				t.Errorf("%s: %s is plain text", res.Key(), key)
			}
		}
		if image, is := res.Inputs["registry"]; is && !image.ContainsSecrets() {
			t.Errorf("%s: the registry password is plain text", res.Key())
		}
	}
}

// A stack whose state has the key keeps it: the first update marks it to stay in
// AWS, the next one drops it from the state.
func TestKeyLeavesTheStateAndStaysInAWS(t *testing.T) {
	const value, restricted = "secretsmanager.SecretVersion slipway-prod-secret-key", "secretsmanager.SecretPolicy slipway-prod-secret-key"
	for name, test := range map[string]struct {
		outputs map[string]string
		want    string
	}{
		"a new stack":                         {nil, restricted},
		"of an earlier release":               {map[string]string{"url": "https://recipes.example.com"}, value},
		"the update after":                    {map[string]string{"url": "https://recipes.example.com", "secretKeyArn": "arn:x"}, restricted},
		"a first update that did not succeed": {map[string]string{"secretKeyArn": "arn:x"}, restricted},
	} {
		got := mocktest.MustRun(t, "prod", stackValues(t, "prod"), infra.Deploy, root("."), mocktest.WithOutputs(test.outputs))
		kept := slices.DeleteFunc(got.Keys(), func(key string) bool { return key != value && key != restricted })
		mocktest.Equal(t, name, kept, []string{test.want})
	}
}

// The old key is accepted for as long as the app accepts what it signed.
func TestSignaturesLiveAsLongAsTheAppsSessions(t *testing.T) {
	settings, err := os.ReadFile("django-app/config/settings.py")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("infra/app.go")
	if err != nil {
		t.Fatal(err)
	}
	age := regexp.MustCompile(`SESSION_COOKIE_AGE = (\d+) \* 3600`).FindSubmatch(settings)
	hours := regexp.MustCompile(`signatureHours = (\d+)`).FindSubmatch(program)
	if age == nil || hours == nil || string(age[1]) != string(hours[1]) {
		t.Errorf("sessions live for %s hours, the program says %s", age, hours)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add("10.30.0.0/16", `["a","b"]`, "none", "", "", "true", "arm64", "256", "512")
	f.Add("x", "-1", "", "a.b", "b", "maybe", "mips", "0", "9999999999999999999999")
	base := stackValues(f, "staging")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, cidr, zones, nat, domain, zone, protect, arch, cpu, memory string) {
		values := maps.Clone(base)
		for key, value := range map[string]string{
			"vpcCidr": cidr, "zones": zones, "nat": nat, "domain": domain, "hostedZone": zone,
			"protect": protect, "architecture": arch, "taskCpu": cpu, "taskMemoryMiB": memory,
		} {
			values["slipway:"+key] = value
		}
		var config *infra.Config
		recording, err := mocktest.Run(t, "fuzz", values, func(ctx *pulumi.Context) (err error) {
			config, err = infra.LoadConfig(ctx)
			return err
		}, root(dir))
		if err == nil && (len(config.Zones) < 2 || len(config.Zones) > 4 || config.TaskCPU < 256) {
			t.Errorf("accepted %+v", config)
		}
		if keys := recording.Keys(); len(keys) > 0 {
			t.Errorf("reading the configuration registered %v", keys)
		}
	})
}

func TestEveryRoleHasTheStacksPathAndTheBoundary(t *testing.T) {
	for boundary, want := range map[string]string{"slipway/pipeline/slipway-prod-boundary": "arn:aws:iam::111122223333:policy/slipway/pipeline/slipway-prod-boundary", "": ""} {
		values := stackValues(t, "prod")
		values["slipway:permissionsBoundary"], values["slipway:adminHost"] = boundary, "true"
		roles := 0
		for _, resource := range mocktest.MustRun(t, "prod", values, infra.Deploy, root(".")).All() {
			if resource.Type != "aws:iam/role:Role" && resource.Type != "aws:iam/instanceProfile:InstanceProfile" {
				continue
			}
			roles++
			if path := resource.Inputs["path"]; !path.IsString() || path.StringValue() != "/slipway/prod/" {
				t.Errorf("%s has the path %v", resource.Key(), path)
			}
			got := ""
			if value := resource.Inputs["permissionsBoundary"]; value.IsString() {
				got = value.StringValue()
			}
			if resource.Type == "aws:iam/role:Role" && got != want {
				t.Errorf("%s has %q, want %q", resource.Name, got, want)
			}
		}
		if roles < 6 {
			t.Errorf("only %d roles and profiles", roles)
		}
	}
}

// Every key of a stack is kept from the other stacks' roles, and admits the roles of
// the pipeline that go with its boundary.
func TestEveryKeySaysWhoOfTheProjectUsesIt(t *testing.T) {
	for boundary, want := range map[string][]string{
		"slipway/pipeline/slipway-pipeline-prod-boundary": {"slipway/*", "slipway/pipeline/slipway-pipeline-prod-deploy", "slipway/pipeline/slipway-pipeline-prod-drift", "slipway/prod/*"},
		"": {"slipway/*", "slipway/prod/*"},
	} {
		values := stackValues(t, "prod")
		values["slipway:permissionsBoundary"] = boundary
		keys := 0
		for _, made := range mocktest.MustRun(t, "prod", values, infra.Deploy, root(".")).All() {
			if made.Type != "aws:kms/key:Key" {
				continue
			}
			keys++
			var document struct {
				Statement []struct{ Condition map[string]map[string]any }
			}
			if err := json.Unmarshal([]byte(made.Inputs["policy"].StringValue()), &document); err != nil {
				t.Fatal(err)
			}
			principals := map[string]bool{}
			for _, statement := range document.Statement {
				for _, condition := range statement.Condition {
					if arn, is := condition["aws:PrincipalArn"].(string); is {
						principals[strings.TrimPrefix(arn, "arn:aws:iam::111122223333:role/")] = true
					}
				}
			}
			mocktest.Equal(t, made.Name, slices.Sorted(maps.Keys(principals)), want)
		}
		if keys != 2 {
			t.Errorf("%d keys", keys)
		}
	}
}

func TestNoStackIsInThePipelinesPlace(t *testing.T) {
	_, err := mocktest.Run(t, "pipeline", stackValues(t, "staging"), infra.Deploy, root("."))
	if err == nil || !strings.Contains(err.Error(), `stack name "pipeline" is taken`) {
		t.Errorf("got %v", err)
	}
}
