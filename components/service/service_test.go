package service_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
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
		TargetGroupARN:              pulumi.String("arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/edge/1a"),
		LoadBalancerSecurityGroupID: pulumi.String("sg-edge"),
		Source: service.Source{
			Context:    buildContext(t, map[string]string{"Dockerfile": "FROM scratch\n", "app.py": "print(1)\n"}),
			Repository: "recipes",
		},
	}
}

func full(t *testing.T) *service.Args {
	args := base(t)
	args.LoadBalancerARN = pulumi.String("arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/edge/2b")
	args.Migrate = []string{"migrate"}
	args.HealthCheck = []string{"check"}
	args.Environment = map[string]pulumi.StringInput{"B": pulumi.String("2"), "A": pulumi.String("1")}
	args.Secrets = map[string]pulumi.StringInput{"KEY": pulumi.String("arn:secret")}
	args.SecretLabels = map[string]service.Label{"KEY_NEXT": {Secret: "KEY", Name: "NEXT"}}
	args.Permissions = []policy.Statement{{Sid: "Own", Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("arn:bucket/*")}}}
	args.Peers = []service.Peer{peer{}}
	args.Workers = map[string]*service.Worker{
		"mail":       {Command: []string{"celery", "worker"}},
		"thumbnails": {Command: []string{"thumbnails"}, CPU: 1024, MemoryMiB: 4096, MinTasks: 2, MaxTasks: 5, Spot: true, HealthCheck: []string{"alive"}, StopTimeoutSeconds: 90},
	}
	args.Schedules = map[string]*service.Schedule{
		"clear-sessions": {Expression: "cron(0 3 * * ? *)", Timezone: "Europe/Zurich", Command: []string{"clearsessions"}},
		"ping":           {Expression: "rate(5 minutes)", Command: []string{"ping", "--once"}},
	}
	args.KeyARN = pulumi.String("arn:key")
	args.Exec = true
	return args
}

// peer is a database that opens itself with one rule.
type peer struct{}

func (peer) AllowFrom(ctx *pulumi.Context, who string, group pulumi.StringInput) ([]pulumi.Resource, error) {
	rule, err := vpc.NewSecurityGroupIngressRule(ctx, "peer-from-"+who, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: pulumi.String("sg-peer"), ReferencedSecurityGroupId: group, IpProtocol: pulumi.String("tcp"),
	})
	return []pulumi.Resource{rule}, err
}

type closedPeer struct{}

func (closedPeer) AllowFrom(*pulumi.Context, string, pulumi.StringInput) ([]pulumi.Resource, error) {
	return nil, errors.New("closed")
}

func program(args *service.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "app", args)
		return err
	}
}

var always = []string{
	"appautoscaling.Policy app-cpu",
	"appautoscaling.Target app",
	"cloudwatch.LogGroup app",
	"ec2.SecurityGroup app",
	"ecs.Cluster app",
	"ecs.ClusterCapacityProviders app",
	"ecs.Service app",
	"ecs.TaskDefinition app",
	"ecs.TaskDefinition app-command",
	"iam.Role app-execution",
	"iam.Role app-task",
	"iam.RolePolicy app-execution",
	"service.Image app",
	"service.Service app",
	"vpc.SecurityGroupEgressRule app-from-edge-out",
	"vpc.SecurityGroupEgressRule app-https-out",
	"vpc.SecurityGroupIngressRule app-from-edge",
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	everything := append(slices.Clone(always),
		"appautoscaling.Policy app-requests",
		"appautoscaling.Policy app-worker-thumbnails-cpu",
		"appautoscaling.Target app-worker-thumbnails",
		"cloudwatch.LogGroup app-exec",
		"ecs.Service app-worker-mail",
		"ecs.Service app-worker-thumbnails",
		"ecs.TaskDefinition app-worker-mail",
		"ecs.TaskDefinition app-worker-thumbnails",
		"iam.Role app-schedules",
		"iam.RolePolicy app-schedules",
		"iam.RolePolicy app-task",
		"scheduler.Schedule app-schedule-clear-sessions",
		"scheduler.Schedule app-schedule-ping",
		"scheduler.ScheduleGroup app",
		"vpc.SecurityGroupIngressRule peer-from-app",
	)
	slices.Sort(everything)
	for name, test := range map[string]struct {
		args *service.Args
		want []string
	}{"least": {base(t), always}, "all": {full(t), everything}} {
		t.Run(name, func(t *testing.T) {
			got := mocktest.MustRun(t, "test", nil, program(test.args))
			mocktest.Equal(t, "resources", got.Keys(), test.want)
			got.CheckParents(t, "service.Service app", "vpc.SecurityGroupIngressRule peer-from-app")
			mocktest.Equal(t, "protected", got.Protected(), nil)
		})
	}
}

func TestEveryServiceWaitsForWhatItsTasksNeed(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for _, key := range []string{"ecs.Service app", "ecs.Service app-worker-mail", "ecs.Service app-worker-thumbnails"} {
		for _, want := range []string{
			"iam.RolePolicy app-execution", "iam.RolePolicy app-task", "vpc.SecurityGroupEgressRule app-https-out",
			"vpc.SecurityGroupIngressRule app-from-edge", "vpc.SecurityGroupEgressRule app-from-edge-out", "vpc.SecurityGroupIngressRule peer-from-app",
			"ecs.ClusterCapacityProviders app",
		} {
			if waits := got.Get(t, key).DependsOn; !slices.Contains(waits, want) {
				t.Errorf("%s does not wait for %s; waits for %v", key, want, waits)
			}
		}
	}
}

func TestPeerThatStaysClosedEndsTheRun(t *testing.T) {
	args := base(t)
	args.Peers = []service.Peer{closedPeer{}}
	if _, err := mocktest.Run(t, "test", nil, program(args)); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
}

// New code of a worker or a command must not meet a schema that the app's
// rollout has not migrated yet.
func TestWorkersAndSchedulesComeAfterTheMigration(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for _, key := range []string{
		"ecs.Service app-worker-mail", "ecs.Service app-worker-thumbnails",
		"scheduler.Schedule app-schedule-clear-sessions", "scheduler.Schedule app-schedule-ping",
	} {
		if waits := got.Get(t, key).DependsOn; !slices.Contains(waits, "ecs.Service app") {
			t.Errorf("%s does not wait for the app's service; waits for %v", key, waits)
		}
	}
}

func TestDeploysNeverLowerTheTaskCount(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for key, want := range map[string][]string{
		"ecs.Service app":                   {"desiredCount"},
		"ecs.Service app-worker-thumbnails": {"desiredCount"},
		// It does not scale: a change of MinTasks must reach it.
		"ecs.Service app-worker-mail": nil,
	} {
		mocktest.Equal(t, "ignored changes of "+key, got.Get(t, key).IgnoreChanges, want)
	}
}

func TestRolloutsAreSafe(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	for _, key := range []string{"ecs.Service app", "ecs.Service app-worker-mail", "ecs.Service app-worker-thumbnails"} {
		inputs := got.Get(t, key).Inputs
		for field, want := range map[string]any{
			"deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0,
			"platformVersion": "LATEST", "enableEcsManagedTags": true, "propagateTags": "SERVICE", "enableExecuteCommand": true,
			"forceNewDeployment": true, "availabilityZoneRebalancing": "ENABLED",
		} {
			if got := inputs[resource.PropertyKey(field)].V; got != want {
				t.Errorf("%s: %s: got %v, want %v", key, field, got, want)
			}
		}
		breaker := inputs["deploymentCircuitBreaker"].ObjectValue()
		if !breaker["enable"].BoolValue() || !breaker["rollback"].BoolValue() {
			t.Errorf("%s: circuit breaker: got %v", key, breaker)
		}
		network := inputs["networkConfiguration"].ObjectValue()
		if network["assignPublicIp"].BoolValue() {
			t.Errorf("%s: tasks have public addresses", key)
		}
		if groups := network["securityGroups"].ArrayValue(); len(groups) != 1 || groups[0].StringValue() != "app_id" {
			t.Errorf("%s: security groups %v", key, groups)
		}
	}
}

func TestOnlyTheAppIsBehindTheLoadBalancer(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full(t)))
	balancers := got.Get(t, "ecs.Service app").Inputs["loadBalancers"].ArrayValue()
	if one := balancers[0].ObjectValue(); len(balancers) != 1 || one["containerName"].StringValue() != "app" || one["containerPort"].NumberValue() != 8000 {
		t.Errorf("app: got %v", balancers)
	}
	for _, key := range []string{"ecs.Service app-worker-mail", "ecs.Service app-worker-thumbnails"} {
		if inputs := got.Get(t, key).Inputs; inputs.HasValue("loadBalancers") || inputs.HasValue("healthCheckGracePeriodSeconds") {
			t.Errorf("%s: got %v", key, inputs)
		}
	}
}

func TestLogGroupsHaveRetentionAndKey(t *testing.T) {
	args := full(t)
	args.LogRetentionDays = 365
	got := mocktest.MustRun(t, "test", nil, program(args))
	for key, want := range map[string]string{"cloudwatch.LogGroup app": "/slipway/app", "cloudwatch.LogGroup app-exec": "/slipway/app/exec"} {
		group := got.Get(t, key).Inputs
		if group["name"].StringValue() != want || group["retentionInDays"].NumberValue() != 365 || group["kmsKeyId"].StringValue() != "arn:key" {
			t.Errorf("%s: got %v", key, group)
		}
	}
	if group := mocktest.MustRun(t, "test", nil, program(base(t))).Get(t, "cloudwatch.LogGroup app").Inputs; group.HasValue("kmsKeyId") || group["retentionInDays"].NumberValue() != 30 {
		t.Errorf("default: got %v", group)
	}
}

func TestOutputsSayWhatACommandNeeds(t *testing.T) {
	seen := map[string]any{}
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		s, err := service.New(ctx, "app", full(t))
		if err != nil {
			return err
		}
		pulumi.All(s.CommandTaskDefinition, s.SubnetIDs, s.SecurityGroupID, s.ClusterName, s.LogGroup, pulumi.StringMap(s.WorkerServices), s.ScheduleGroup).
			ApplyT(func(values []any) bool { seen["values"] = values; return true })
		return nil
	})
	values, _ := seen["values"].([]any)
	if len(values) != 7 || !strings.HasSuffix(values[0].(string), "app-command:1") || !slices.Equal(values[1].([]string), []string{"subnet-1", "subnet-2"}) ||
		values[2] != "app_id" || values[3] != "app" || values[4] != "/slipway/app" || values[6] != "app" {
		t.Errorf("got %v", values)
	}
	if workers := values[5].(map[string]string); len(workers) != 2 || workers["mail"] != "app-worker-mail" {
		t.Errorf("workers: got %v", workers)
	}
}
