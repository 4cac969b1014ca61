package service_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base(t *testing.T) *service.Args {
	t.Helper()
	return &service.Args{
		VPCID:                       pulumi.String("vpc"),
		SubnetIDs:                   pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
		TargetGroupARN:              pulumi.String("arn:target"),
		LoadBalancerSecurityGroupID: pulumi.String("sg-edge"),
		Context:                     buildContext(t, map[string]string{"Dockerfile": "FROM scratch\n", "app.py": "print(1)\n"}),
	}
}

func full(t *testing.T) *service.Args {
	args := base(t)
	args.Migrate = []string{"migrate"}
	args.HealthCheck = []string{"check"}
	args.Environment = map[string]pulumi.StringInput{"B": pulumi.String("2"), "A": pulumi.String("1")}
	args.Secrets = map[string]pulumi.StringInput{"KEY": pulumi.String("arn:secret")}
	args.Permissions = []policy.Statement{{Sid: "Own", Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("arn:bucket/*")}}}
	args.Peers = []service.Peer{peer{}}
	return args
}

// peer is a database that opens itself with one rule.
type peer struct{}

func (peer) AllowFrom(ctx *pulumi.Context, who string, _ pulumi.StringInput) ([]pulumi.Resource, error) {
	var rule pulumi.ResourceState
	err := ctx.RegisterComponentResource("test:peer:Rule", "peer-from-"+who, &rule)
	return []pulumi.Resource{&rule}, err
}

func program(args *service.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "app", args)
		return err
	}
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base(t)))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"appautoscaling.Policy app-cpu",
		"appautoscaling.Target app",
		"cloudwatch.LogGroup app",
		"ec2.SecurityGroup app",
		"ecr.LifecyclePolicy app",
		"ecr.Repository app",
		"ecs.Cluster app",
		"ecs.Service app",
		"ecs.TaskDefinition app",
		"iam.Role app-execution",
		"iam.Role app-task",
		"iam.RolePolicy app-execution",
		"index.Image app",
		"service.Service app",
		"vpc.SecurityGroupEgressRule app-from-edge-out",
		"vpc.SecurityGroupEgressRule app-https-out",
		"vpc.SecurityGroupIngressRule app-from-edge",
	})
	got.CheckParents(t, "service.Service app")
	mocktest.Equal(t, "protected", got.Protected(), nil)
}

func TestServiceWaitsForWhatItsTasksNeed(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t))).Get(t, "ecs.Service app").DependsOn
	for _, want := range []string{
		"iam.RolePolicy app-execution", "iam.RolePolicy app-task", "vpc.SecurityGroupEgressRule app-https-out",
		"vpc.SecurityGroupIngressRule app-from-edge", "vpc.SecurityGroupEgressRule app-from-edge-out",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("does not wait for %s; waits for %v", want, got)
		}
	}
}

func TestDeploysNeverLowerTheTaskCount(t *testing.T) {
	svc := mocktest.MustRun(t, "test", nil, program(base(t))).Get(t, "ecs.Service app")
	mocktest.Equal(t, "ignored changes", svc.IgnoreChanges, []string{"desiredCount"})
	for key, want := range map[string]any{
		"deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0, "waitForSteadyState": true,
	} {
		if got := svc.Inputs[resource.PropertyKey(key)].V; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	breaker := svc.Inputs["deploymentCircuitBreaker"].ObjectValue()
	if !breaker["enable"].BoolValue() || !breaker["rollback"].BoolValue() {
		t.Errorf("circuit breaker: got %v", breaker)
	}
}

type container struct {
	Name                   string
	Image                  string
	User                   string
	Essential              bool
	ReadonlyRootFilesystem bool
	Privileged             bool
	Command                []string
	StopTimeout            int
	LinuxParameters        struct{ InitProcessEnabled bool }
	DependsOn              []struct{ ContainerName, Condition string }
	Environment            []struct{ Name, Value string }
	Secrets                []struct{ Name, ValueFrom string }
	MountPoints            []struct{ ContainerPath string }
	LogConfiguration       struct {
		LogDriver string
		Options   map[string]string
	}
}

func containers(t *testing.T, args *service.Args) map[string]container {
	t.Helper()
	task := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "ecs.TaskDefinition app")
	var list []container
	if err := json.Unmarshal([]byte(task.Inputs["containerDefinitions"].StringValue()), &list); err != nil {
		t.Fatal(err)
	}
	byName := map[string]container{}
	for _, c := range list {
		byName[c.Name] = c
	}
	return byName
}

func TestContainersAreLockedDown(t *testing.T) {
	for name, c := range containers(t, full(t)) {
		if c.User != "10001:10001" || !c.ReadonlyRootFilesystem || c.Privileged || !c.LinuxParameters.InitProcessEnabled {
			t.Errorf("%s: got user %s, read-only %v, privileged %v, init %v", name, c.User, c.ReadonlyRootFilesystem, c.Privileged, c.LinuxParameters.InitProcessEnabled)
		}
		if !strings.Contains(c.Image, "@sha256:") {
			t.Errorf("%s: image %s is not pinned by digest", name, c.Image)
		}
		if c.LogConfiguration.LogDriver != "awslogs" || c.LogConfiguration.Options["awslogs-group"] != "/slipway/app" {
			t.Errorf("%s: logs to %v", name, c.LogConfiguration)
		}
		if len(c.MountPoints) != 1 || c.MountPoints[0].ContainerPath != "/tmp" {
			t.Errorf("%s: writable places %v, want /tmp only", name, c.MountPoints)
		}
		if len(c.Secrets) != 1 || c.Secrets[0].Name != "KEY" || c.Secrets[0].ValueFrom != "arn:secret" {
			t.Errorf("%s: secrets %v", name, c.Secrets)
		}
	}
}

func TestMigrationPrecedesTheApp(t *testing.T) {
	got := containers(t, full(t))
	app, migrate := got["app"], got["migrate"]
	if len(app.DependsOn) != 1 || app.DependsOn[0].ContainerName != "migrate" || app.DependsOn[0].Condition != "SUCCESS" {
		t.Errorf("app depends on %v", app.DependsOn)
	}
	if migrate.Essential || !app.Essential {
		t.Errorf("essential: app %v, migrate %v", app.Essential, migrate.Essential)
	}
	if !slices.Equal(migrate.Command, []string{"migrate"}) || app.Image != migrate.Image {
		t.Errorf("migrate runs %v of %s, app is %s", migrate.Command, migrate.Image, app.Image)
	}
	if lone := containers(t, base(t)); len(lone) != 1 || len(lone["app"].DependsOn) != 0 {
		t.Errorf("without a migration: got %v", lone)
	}
}

// AWS returns variables sorted; another order would be a diff forever.
func TestEnvironmentIsSorted(t *testing.T) {
	var names []string
	for _, v := range containers(t, full(t))["app"].Environment {
		names = append(names, v.Name)
	}
	mocktest.Equal(t, "variables", names, []string{"A", "APP_VERSION", "AWS_REGION", "B"})
}

func TestRolesMayDoExactlyThis(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for key, want := range map[string]string{
		"iam.RolePolicy app-execution": `{"Statement":[` +
			`{"Action":["ecr:GetAuthorizationToken"],"Effect":"Allow","Resource":["*"],"Sid":"RegistryLogin"},` +
			`{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Resource":["arn:aws:ecr:us-east-1:111122223333:app"],"Sid":"PullImage"},` +
			`{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":["arn:aws:logs:us-east-1:111122223333:app:*"],"Sid":"WriteLogs"},` +
			`{"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["arn:secret"],"Sid":"ReadSecrets"}` +
			`],"Version":"2012-10-17"}`,
		"iam.RolePolicy app-task": `{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:bucket/*"],"Sid":"Own"}],"Version":"2012-10-17"}`,
	} {
		if policy := got.Get(t, key).Inputs["policy"].StringValue(); policy != want {
			t.Errorf("%s:\ngot  %s\nwant %s", key, policy, want)
		}
	}
}

func TestImageIsNamedByItsContentAndItsPasswordIsSecret(t *testing.T) {
	args := base(t)
	got := mocktest.MustRun(t, "test", nil, program(args))
	image := got.Get(t, "index.Image app").Inputs
	tag, err := service.ContentTag(args.Context, "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	if name := image["imageName"].StringValue(); !strings.HasSuffix(name, "/app:"+tag) {
		t.Errorf("image name: got %s, want the tag %s", name, tag)
	}
	if build := image["build"].ObjectValue(); build["platform"].StringValue() != "linux/arm64" {
		t.Errorf("platform: got %v", build["platform"])
	}
	registry := image["registry"]
	if !registry.ContainsSecrets() {
		t.Errorf("the registry's password is not secret: %v", registry)
	}
	if got.Get(t, "ecr.Repository app").Inputs["imageTagMutability"].StringValue() != "IMMUTABLE" {
		t.Error("image tags are mutable")
	}
}

func TestContentTag(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM scratch", ".dockerignore": "cache\n*.log\n!keep.log\n", "app/main.py": "1", "keep.log": "k"}
	tag := func(change map[string]string) string {
		merged := map[string]string{}
		for name, text := range files {
			merged[name] = text
		}
		for name, text := range change {
			merged[name] = text
		}
		got, err := service.ContentTag(buildContext(t, merged), "linux/arm64")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := tag(nil)
	for name, change := range map[string]map[string]string{
		"ignored file": {"debug.log": "x"}, "ignored directory": {"cache/a/b": "x"}, "nothing": {},
	} {
		if got := tag(change); got != first {
			t.Errorf("%s: the tag changed", name)
		}
	}
	seen := map[string]string{first: "original"}
	for name, change := range map[string]map[string]string{
		"content": {"app/main.py": "2"}, "new file": {"app/new.py": ""}, "excepted file": {"keep.log": "K"},
		"moved text": {"app/main.py": "", "app/main.pz": "1"}, "Dockerfile": {"Dockerfile": "FROM x"},
	} {
		got := tag(change)
		if other, same := seen[got]; same {
			t.Errorf("%s: same tag as %s", name, other)
		}
		seen[got] = name
	}
	other, err := service.ContentTag(buildContext(t, files), "linux/amd64")
	if err != nil || other == first {
		t.Errorf("another platform: got %s, %v", other, err)
	}
}

func TestContentTagSeesExecutableBitsButNoTimes(t *testing.T) {
	dir := buildContext(t, map[string]string{"run.sh": "#!/bin/sh"})
	file := filepath.Join(dir, "run.sh")
	tags := map[string]string{}
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "private": 0o600, "executable": 0o755} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		tag, err := service.ContentTag(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		tags[name] = tag
	}
	if tags["plain"] != tags["private"] || tags["plain"] == tags["executable"] {
		t.Errorf("got %v", tags)
	}
}

func TestFargateSizes(t *testing.T) {
	for _, good := range [][2]int{{256, 512}, {256, 1024}, {256, 2048}, {512, 1024}, {1024, 8192}, {4096, 30720}, {8192, 20480}, {16384, 122880}} {
		if err := service.ValidSize(good[0], good[1]); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][2]int{{0, 512}, {300, 512}, {256, 256}, {256, 4096}, {256, 700}, {1024, 1024}, {8192, 17000}} {
		if service.ValidSize(bad[0], bad[1]) == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&service.Args{
		Context: "/nonexistent", Architecture: "mips", Port: -1, CPU: 100, MemoryMiB: 100, MinTasks: 3, MaxTasks: 2, LogRetentionDays: 2,
		Environment: map[string]pulumi.StringInput{"lower": pulumi.String(""), "BOTH": pulumi.String("")},
		Secrets:     map[string]pulumi.StringInput{"BOTH": pulumi.String(""), "a-b": pulumi.String("")},
	}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	var fields []string
	for _, line := range strings.Split(got.Error(), "\n") {
		field, _, _ := strings.Cut(line, ":")
		fields = append(fields, field)
	}
	mocktest.Equal(t, "fields", fields, []string{
		"service.VPCID", "service.SubnetIDs", "service.TargetGroupARN", "service.LoadBalancerSecurityGroupID", "service.Context",
		"service.Architecture", "service.Port", "service.CPU", "service.MinTasks", "service.LogRetentionDays",
		"service.Environment.BOTH", "service.Environment.lower", "service.Secrets.a-b",
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(&service.Args{}))
	if err == nil {
		t.Error("no error")
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}

func buildContext(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
