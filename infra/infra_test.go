package infra_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// stackValues reads a committed stack file as the engine passes it on.
func stackValues(t testing.TB, stack string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("Pulumi." + stack + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Config map[string]string `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	return content.Config
}

func root(dir string) pulumi.RunOption {
	return func(info *pulumi.RunInfo) { info.RootDirectory = dir }
}

func deploy(t *testing.T, stack string) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, stack, stackValues(t, stack), infra.Deploy, root("."))
}

func TestStagingRegistersExactly(t *testing.T) {
	got := deploy(t, "staging")
	mocktest.Equal(t, "resources", got.Keys(), append(common("staging"),
		"vpc.SecurityGroupIngressRule staging-edge-http"))
	mocktest.Equal(t, "protected", got.Protected(), nil)
}

func TestProdRegistersExactly(t *testing.T) {
	got := deploy(t, "prod")
	want := append(common("prod"),
		"acm.Certificate prod-edge",
		"acm.CertificateValidation prod-edge",
		"lb.Listener prod-edge-https",
		"route53.Record prod-edge-alias",
		"route53.Record prod-edge-certificate",
		"vpc.SecurityGroupIngressRule prod-edge-http",
		"vpc.SecurityGroupIngressRule prod-edge-https",
	)
	slices.Sort(want)
	mocktest.Equal(t, "resources", got.Keys(), want)
	mocktest.Equal(t, "protected", got.Protected(), []string{
		"kms.Key prod-database", "lb.LoadBalancer prod-edge", "rds.Instance prod-database",
	})
}

func TestEveryResourceHasAComponentAsParent(t *testing.T) {
	for _, stack := range []string{"staging", "prod"} {
		deploy(t, stack).CheckParents(t,
			"network.Network "+stack+"-network", "database.Database "+stack+"-database", "storage.Storage "+stack+"-media",
			"secret.Secret "+stack+"-secret-key", "edge.Edge "+stack+"-edge", "service.Service "+stack+"-app")
	}
}

// AWS appends 8 characters to a load balancer's or target group's name and
// takes 32 in all.
func TestNamesFitAWS(t *testing.T) {
	values := stackValues(t, "staging")
	stack := strings.Repeat("x", 16)
	got := mocktest.MustRun(t, stack, values, infra.Deploy, root(t.TempDir()))
	for _, res := range got.All() {
		switch res.Type {
		case "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup":
			if len(res.Name)+8 > 32 {
				t.Errorf("%s is too long", res.Key())
			}
		}
	}
}

func TestStackFilesHaveTheSameKeys(t *testing.T) {
	staging, prod := stackValues(t, "staging"), stackValues(t, "prod")
	mocktest.Equal(t, "keys of prod", slices.Sorted(maps.Keys(prod)), slices.Sorted(maps.Keys(staging)))

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
	task := deploy(t, "prod").Get(t, "ecs.TaskDefinition prod-app")
	definitions := task.Inputs["containerDefinitions"].StringValue()
	for _, want := range []string{
		`{"name":"DB_HOST","value":"prod-database.rds.amazonaws.com"}`,
		`{"name":"DB_SECRET_ARN","value":"arn:aws:secretsmanager:us-east-1:111122223333:prod-database-master"}`,
		`{"name":"DJANGO_ALLOWED_HOSTS","value":"recipes.example.com"}`,
		`{"name":"DJANGO_SECURE","value":"true"}`,
		`{"name":"MEDIA_BUCKET","value":"prod-media"}`,
		`{"name":"DJANGO_SECRET_KEY","valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:prod-secret-key"}`,
	} {
		if !strings.Contains(definitions, want) {
			t.Errorf("missing %s in\n%s", want, definitions)
		}
	}
}

func TestTaskRoleMayReachItsOwnThingsOnly(t *testing.T) {
	policy := deploy(t, "staging").Get(t, "iam.RolePolicy staging-app-task").Inputs["policy"].StringValue()
	want := `{"Statement":[` +
		`{"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Effect":"Allow","Resource":["arn:aws:s3:::staging-media/media/*"],"Sid":"MediaObjects"},` +
		`{"Action":["s3:ListBucket"],"Condition":{"StringLike":{"s3:prefix":"media/*"}},"Effect":"Allow","Resource":["arn:aws:s3:::staging-media"],"Sid":"MediaList"},` +
		`{"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["arn:aws:secretsmanager:us-east-1:111122223333:staging-database-master"],"Sid":"DatabaseCredentials"},` +
		`{"Action":["kms:Decrypt"],"Effect":"Allow","Resource":["arn:aws:kms:us-east-1:111122223333:staging-database"],"Sid":"DatabaseKey"}` +
		`],"Version":"2012-10-17"}`
	if policy != want {
		t.Errorf("got  %s\nwant %s", policy, want)
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
			`slipway:zones: "two" must be a whole number`, `slipway:protect: "yes" must be true or false`}},
		"one zone":          {map[string]string{"zones": "1"}, []string{"slipway:zones: 1 must be 2 to 4"}},
		"no address range":  {map[string]string{"vpcCidr": "ten"}, []string{`slipway:vpcCidr: "ten" is not an address range such as 10.10.0.0/16`}},
		"range too small":   {map[string]string{"vpcCidr": "10.99.0.0/24"}, []string{"slipway:vpcCidr: 10.99.0.0/24 must be /16 to /20 to hold 4 zones of three tiers"}},
		"range too large":   {map[string]string{"vpcCidr": "10.0.0.0/8"}, []string{"slipway:vpcCidr: 10.0.0.0/8 must be /16 to /20 to hold 4 zones of three tiers"}},
		"public range":      {map[string]string{"vpcCidr": "8.8.0.0/16"}, []string{"slipway:vpcCidr: 8.8.0.0/16 is not private: take a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"}},
		"overlap":           {map[string]string{"vpcCidr": "10.10.128.0/17"}, []string{neighbour}},
		"same range":        {map[string]string{"vpcCidr": "10.10.0.0/16"}, []string{"slipway:vpcCidr: 10.10.0.0/16 overlaps 10.10.0.0/16 of stack staging: take a range of its own"}},
		"NAT":               {map[string]string{"nat": "double"}, []string{`slipway:nat: "double" must be one of none, single, perZone`}},
		"domain":            {map[string]string{"domain": "Recipes"}, []string{`slipway:domain: "Recipes" is not a host name such as recipes.example.com`, `slipway:hostedZone: "example.com" does not hold Recipes: name the Route 53 zone that does, such as Recipes`}},
		"zone of another":   {map[string]string{"hostedZone": "example.org"}, []string{`slipway:hostedZone: "example.org" does not hold recipes.example.com: name the Route 53 zone that does, such as example.com`}},
		"zone missing":      {map[string]string{"hostedZone": ""}, []string{`slipway:hostedZone: "" does not hold recipes.example.com: name the Route 53 zone that does, such as example.com`}},
		"zone alone":        {map[string]string{"domain": ""}, []string{"slipway:hostedZone: goes with domain: give both or leave both empty"}},
		"architecture":      {map[string]string{"architecture": "x86"}, []string{`slipway:architecture: "x86" must be one of arm64, amd64`}},
		"CPU":               {map[string]string{"taskCpu": "300"}, []string{"slipway:taskCpu: CPU 300 must be one of 256, 512, 1024, 2048, 4096, 8192, 16384"}},
		"memory":            {map[string]string{"taskMemoryMiB": "512"}, []string{"slipway:taskCpu: memory 512 MiB does not go with CPU 512: 1024 to 4096 MiB in steps of 1024 do"}},
		"no task":           {map[string]string{"minTasks": "0"}, []string{"slipway:minTasks: 0 must be 1 to 1000"}},
		"tasks upside down": {map[string]string{"minTasks": "5", "maxTasks": "4"}, []string{"slipway:maxTasks: 4 must be 5 to 1000"}},
		"instance class":    {map[string]string{"databaseClass": "t4g.micro"}, []string{`slipway:databaseClass: "t4g.micro" is not an instance class such as db.t4g.micro`}},
		"storage":           {map[string]string{"databaseStorageGiB": "10"}, []string{"slipway:databaseStorageGiB: 10 must be 20 to 13107"}},
		"backups":           {map[string]string{"databaseBackupDays": "0"}, []string{"slipway:databaseBackupDays: 0 must be 1 to 35"}},
		"retention":         {map[string]string{"logRetentionDays": "31"}, []string{"slipway:logRetentionDays: 31 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]"}},
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

func TestMisspelledKeyIsRefused(t *testing.T) {
	values := stackValues(t, "staging")
	t.Setenv(pulumi.EnvConfig, `{"slipway:zones":"2","slipway:zonez":"3","aws:region":"us-east-1"}`)
	_, err := mocktest.Run(t, "staging", values, infra.Deploy, root("."))
	if err == nil || !strings.Contains(err.Error(), "slipway:zonez: is not a key of this project") || strings.Contains(err.Error(), "aws:region") {
		t.Errorf("got %v", err)
	}
}

func TestBadStackNameIsRefused(t *testing.T) {
	for _, stack := range []string{"x", "Prod", "1st", "much-too-long-a-name", "a_b"} {
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

func FuzzConfiguration(f *testing.F) {
	f.Add("10.30.0.0/16", "2", "none", "", "", "true", "arm64", "256", "512")
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
		if err == nil && (config.Zones < 2 || config.Zones > 4 || config.TaskCPU < 256) {
			t.Errorf("accepted %+v", config)
		}
		if keys := recording.Keys(); len(keys) > 0 {
			t.Errorf("reading the configuration registered %v", keys)
		}
	})
}

func common(stack string) []string {
	keys := []string{}
	for _, key := range []string{
		"appautoscaling.Policy S-app-cpu",
		"appautoscaling.Target S-app",
		"cloudwatch.LogGroup S-app",
		"cloudwatch.LogGroup S-network-flow",
		"database.Database S-database",
		"ec2.DefaultSecurityGroup S-network-default",
		"ec2.FlowLog S-network-flow",
		"ec2.SecurityGroup S-app",
		"ec2.SecurityGroup S-database",
		"ec2.SecurityGroup S-edge",
		"ec2.Vpc S-network",
		"ec2.VpcEndpoint S-network-dynamodb",
		"ec2.VpcEndpoint S-network-s3",
		"ecr.LifecyclePolicy S-app",
		"ecr.Repository S-app",
		"ecs.Cluster S-app",
		"ecs.Service S-app",
		"ecs.TaskDefinition S-app",
		"edge.Edge S-edge",
		"iam.Role S-app-execution",
		"iam.Role S-app-task",
		"iam.Role S-network-flow",
		"iam.RolePolicy S-app-execution",
		"iam.RolePolicy S-app-task",
		"iam.RolePolicy S-network-flow",
		"index.Image S-app",
		"kms.Key S-database",
		"lb.Listener S-edge-http",
		"lb.LoadBalancer S-edge",
		"lb.TargetGroup S-edge",
		"network.Network S-network",
		"rds.Instance S-database",
		"rds.ParameterGroup S-database-postgres17",
		"rds.SubnetGroup S-database",
		"s3.BucketLifecycleConfigurationV2 S-media-lifecycle",
		"s3.BucketOwnershipControls S-media-ownership",
		"s3.BucketPolicy S-media-tls",
		"s3.BucketPublicAccessBlock S-media-private",
		"s3.BucketServerSideEncryptionConfigurationV2 S-media-encryption",
		"s3.BucketV2 S-media",
		"s3.BucketVersioningV2 S-media-versions",
		"secret.Secret S-secret-key",
		"secretsmanager.Secret S-secret-key",
		"secretsmanager.SecretVersion S-secret-key",
		"service.Service S-app",
		"storage.Storage S-media",
		"vpc.SecurityGroupEgressRule S-app-from-edge-out",
		"vpc.SecurityGroupEgressRule S-app-https-out",
		"vpc.SecurityGroupEgressRule S-database-from-S-app-out",
		"vpc.SecurityGroupIngressRule S-app-from-edge",
		"vpc.SecurityGroupIngressRule S-database-from-S-app",
	} {
		keys = append(keys, strings.ReplaceAll(key, "S-", stack+"-"))
	}
	return keys
}
