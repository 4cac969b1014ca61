package service_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestFargateSizes(t *testing.T) {
	for _, good := range [][2]int{{256, 512}, {256, 1024}, {256, 2048}, {512, 1024}, {1024, 8192}, {4096, 30720}, {8192, 20480}, {16384, 122880}} {
		if err := service.ValidSize(good[0], good[1]); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][2]int{{0, 512}, {300, 512}, {256, 256}, {256, 1536}, {256, 4096}, {256, 700}, {1024, 1024}, {8192, 17000}} {
		if service.ValidSize(bad[0], bad[1]) == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestSizeSaysWhatFargateOffers(t *testing.T) {
	for size, want := range map[[2]int]string{
		{256, 1536}: "memory 1536 MiB does not go with CPU 256: 512, and 1024 to 2048 MiB in steps of 1024 do",
		{512, 512}:  "memory 512 MiB does not go with CPU 512: 1024 to 4096 MiB in steps of 1024 do",
		{300, 512}:  "CPU 300 must be one of 256, 512, 1024, 2048, 4096, 8192, 16384",
	} {
		if err := service.ValidSize(size[0], size[1]); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %s", size, err, want)
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&service.Args{
		Source: service.Source{Context: "/nonexistent", RepositoryAccount: "1234", Architecture: "mips"}, Port: -1, CPU: 100, MemoryMiB: 100, MinTasks: 3, MaxTasks: 2,
		Spot: true, OnDemandTasks: 4, RequestsPerTarget: 5, StopTimeoutSeconds: 121, LogGroup: "a b", LogRetentionDays: 2, Exec: true,
		Environment:  map[string]pulumi.StringInput{"lower": pulumi.String(""), "BOTH": pulumi.String("")},
		Secrets:      map[string]pulumi.StringInput{"BOTH": pulumi.String(""), "a-b": pulumi.String("")},
		SecretLabels: map[string]service.Label{"BOTH": {Secret: "BOTH", Name: "x"}, "NONE": {Secret: "OTHER", Name: "x"}, "EMPTY": {Secret: "BOTH"}, "c-d": {Secret: "BOTH", Name: "x"}},
		Workers: map[string]*service.Worker{
			"none": nil,
			"poor": {CPU: 512, MemoryMiB: 512, MinTasks: 2, MaxTasks: 1, StopTimeoutSeconds: -1},
			"Up_":  {Command: []string{"x"}, CPU: 256, MemoryMiB: 512},
		},
		Schedules: map[string]*service.Schedule{
			"none":  nil,
			"never": {Expression: "never", Timezone: "Nowhere"},
			"9pm":   {Expression: "cron(0 21 * * ? *)", Command: []string{"x"}},
		},
	}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"service.VPCID: required",
		"service.SubnetIDs: required",
		"service.TargetGroupARN: required",
		"service.LoadBalancerSecurityGroupID: required",
		"service.Context: /nonexistent holds no Dockerfile",
		"service.Repository: required",
		`service.RepositoryAccount: "1234" is not the number of an AWS account, 12 digits in quotes such as "111122223333"`,
		`service.Architecture: "mips" must be one of [arm64 amd64]`,
		"service.Port: -1 must be 1 to 65535",
		"service.CPU: CPU 100 must be one of 256, 512, 1024, 2048, 4096, 8192, 16384",
		"service.MinTasks: 1 <= MinTasks (3) <= MaxTasks (2) must hold",
		"service.OnDemandTasks: 4 must be 1 to 2",
		"service.RequestsPerTarget: goes with service.LoadBalancerARN, whose requests are counted",
		"service.StopTimeoutSeconds: 121 must be 1 to 120",
		`service.LogGroup: "a b" must be 1 to 507 letters, digits and ._/#-`,
		"service.LogRetentionDays: 2 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]",
		"service.Exec: needs service.KeyARN, which encrypts the sessions",
		"service.Environment.BOTH: is a secret as well: give it once",
		"service.Environment.lower: must be upper-case letters, digits and _",
		"service.Secrets.a-b: must be upper-case letters, digits and _",
		"service.SecretLabels.BOTH: is in service.Environment or service.Secrets too: leave it in one",
		"service.SecretLabels.EMPTY: needs the name of a label, and a variable of service.Secrets",
		"service.SecretLabels.NONE: needs the name of a label, and a variable of service.Secrets",
		"service.SecretLabels.c-d: must be upper-case letters, digits and _",
		"service.Workers.Up_: the name must be 1 to 64 lower-case letters, digits and hyphens and begin with a letter",
		"service.Workers.none.Command: required",
		"service.Workers.poor.Command: required",
		"service.Workers.poor.CPU: memory 512 MiB does not go with CPU 512: 1024 to 4096 MiB in steps of 1024 do",
		"service.Workers.poor.MinTasks: 1 <= MinTasks (2) <= MaxTasks (1) must hold",
		"service.Workers.poor.StopTimeoutSeconds: -1 must be 1 to 120",
		"service.Schedules.9pm: the name must be 1 to 64 lower-case letters, digits and hyphens and begin with a letter",
		`service.Schedules.never.Expression: "never" must be "rate(1 hour)" or "cron(0 3 * * ? *)", or alike`,
		`service.Schedules.never.Timezone: "Nowhere" is not an IANA time zone such as Europe/Zurich`,
		"service.Schedules.never.Command: required",
		"service.Schedules.none.Expression: required",
		"service.Schedules.none.Command: required",
	})
}

func TestSingleProblems(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*service.Args)
		want   string
	}{
		"base without spot":      {func(a *service.Args) { a.OnDemandTasks = 1 }, "service.OnDemandTasks: goes with service.Spot: without it every task runs on-demand"},
		"only spot without spot": {func(a *service.Args) { a.SpotOnly = true }, "service.SpotOnly: goes with service.Spot and without service.OnDemandTasks"},
		"only spot with a base":  {func(a *service.Args) { a.Spot, a.SpotOnly, a.OnDemandTasks = true, true, 1 }, "service.SpotOnly: goes with service.Spot and without service.OnDemandTasks"},
		"no base":                {func(a *service.Args) { a.Spot, a.OnDemandTasks = true, -1 }, "service.OnDemandTasks: -1 must be 1 to 2"},
		"no requests":            {func(a *service.Args) { a.LoadBalancerARN, a.RequestsPerTarget = pulumi.String("arn"), -1 }, "service.RequestsPerTarget: -1 must be 1 or more"},
		"no context":             {func(a *service.Args) { a.Context = "" }, "service.Context: required"},
		"environment":            {func(a *service.Args) { a.Environment = map[string]pulumi.StringInput{"1A": pulumi.String("")} }, "service.Environment.1A: must be upper-case letters, digits and _"},
		"worker's size": {func(a *service.Args) {
			a.Workers = map[string]*service.Worker{"w": {Command: []string{"x"}, CPU: 2048}}
		}, "service.Workers.w.CPU: memory 512 MiB does not go with CPU 2048: 4096 to 16384 MiB in steps of 1024 do"},
	} {
		args := base(t)
		test.change(args)
		if err := args.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
	}
	for _, good := range []*service.Args{base(t), full(t)} {
		if err := good.Validate(); err != nil {
			t.Error(err)
		}
	}
	if err := (*service.Args)(nil).Validate(); err == nil || err.Error() != "service: args are required" {
		t.Errorf("no args: got %v", err)
	}
}

// Names of roles are made of the service's, and end with 8 characters of Pulumi's.
func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"app": true, "staging-app": true, "a1": true, strings.Repeat("a", 46): true,
		"": false, "App": false, "1app": false, "app-": false, "a--b": false, "a_b": false, strings.Repeat("a", 47): false,
	} {
		if err := service.ValidName(name); (err == nil) != want {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, test := range map[string]struct {
		service string
		args    *service.Args
	}{"args": {"app", &service.Args{}}, "no args": {"app", nil}, "name": {"App", base(t)}} {
		got, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
			_, err := service.New(ctx, test.service, test.args)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "service") {
			t.Errorf("%s: got %v", name, err)
		}
		mocktest.Equal(t, name, got.Keys(), nil)
	}
}

func TestBadDockerignoreRegistersNothing(t *testing.T) {
	args := base(t)
	args.Context = buildContext(t, map[string]string{"Dockerfile": "FROM scratch", ".dockerignore": "[a-"})
	got, err := mocktest.Run(t, "test", nil, program(args))
	if err == nil || !strings.Contains(err.Error(), ".dockerignore") {
		t.Errorf("got %v", err)
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}
