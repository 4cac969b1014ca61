package status_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/cmd/slipway/status"
)

// account is a stack that is well; tests make it ill.
type account struct {
	version  string
	running  int32
	rollout  ecstypes.DeploymentRolloutState
	targets  []elbtypes.TargetHealthStateEnum
	database string
	alarm    cloudwatchtypes.StateValue
	holder   lease.Record
	refuse   error
}

func (a *account) Read(_ context.Context, stack string) (lease.Record, error) {
	if stack != "slipway/prod" {
		return lease.Record{}, errors.New("another stack's lease")
	}
	return a.holder, nil
}

func well() *account {
	return &account{
		version: "v2", running: 2, rollout: ecstypes.DeploymentRolloutStateCompleted,
		targets:  []elbtypes.TargetHealthStateEnum{elbtypes.TargetHealthStateEnumHealthy, elbtypes.TargetHealthStateEnumHealthy},
		database: "available", alarm: cloudwatchtypes.StateValueOk,
	}
}

var deployed = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func (a *account) ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	return &ecs.ListServicesOutput{ServiceArns: []string{"arn:worker", "arn:app"}}, a.refuse
}

func (a *account) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	out := &ecs.DescribeServicesOutput{}
	for _, arn := range in.Services {
		service := ecstypes.Service{
			ServiceName: aws.String(strings.TrimPrefix(arn, "arn:")), DesiredCount: 1, RunningCount: 1, TaskDefinition: aws.String("worker:1"),
			Deployments: []ecstypes.Deployment{{Status: aws.String("PRIMARY"), RolloutState: ecstypes.DeploymentRolloutStateCompleted, CreatedAt: &deployed}},
		}
		if arn == "arn:app" {
			service.DesiredCount, service.RunningCount = 2, a.running
			service.TaskDefinition = aws.String("app:2")
			service.LoadBalancers = []ecstypes.LoadBalancer{{TargetGroupArn: aws.String("arn:group")}}
			service.Deployments[0].RolloutState = a.rollout
			service.Deployments[0].TaskDefinition = aws.String("app:2")
			service.Deployments[0].RunningCount = a.running
		}
		out.Services = append(out.Services, service)
	}
	return out, nil
}

func (a *account) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if aws.ToString(in.TaskDefinition) != "app:2" {
		return nil, errors.New("not the app's")
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &ecstypes.TaskDefinition{ContainerDefinitions: []ecstypes.ContainerDefinition{
		{Image: aws.String("registry/sidecar:9"), Environment: []ecstypes.KeyValuePair{{Name: aws.String("APP_VERSION"), Value: aws.String("sidecar")}}},
		{Image: aws.String("registry/app@sha256:abc"), Environment: []ecstypes.KeyValuePair{{Name: aws.String("APP_VERSION"), Value: &a.version}}, PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(8000)}}},
	}}}, nil
}

func (a *account) DescribeTargetHealth(context.Context, *elb.DescribeTargetHealthInput, ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error) {
	out := &elb.DescribeTargetHealthOutput{}
	for _, state := range a.targets {
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, elbtypes.TargetHealthDescription{TargetHealth: &elbtypes.TargetHealth{State: state}})
	}
	return out, nil
}

func (a *account) DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	return &rds.DescribeDBInstancesOutput{DBInstances: []rdstypes.DBInstance{
		{}, // one that is being created has no endpoint
		{Endpoint: &rdstypes.Endpoint{Address: aws.String("db.example")}, DBInstanceStatus: &a.database},
	}}, nil
}

func (a *account) DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: []cloudwatchtypes.MetricAlarm{
		{AlarmName: aws.String("cpu"), AlarmActions: []string{"arn:topic"}, StateValue: a.alarm},
		{AlarmName: aws.String("foreign"), AlarmActions: []string{"arn:other"}, StateValue: cloudwatchtypes.StateValueAlarm},
	}}, nil
}

func read(t *testing.T, a *account) (*status.Report, error) {
	t.Helper()
	return status.Read(t.Context(), status.AWS{ECS: a, ELB: a, Alarms: a, Databases: a, Leases: a}, status.Stack{
		Name: "prod", URL: "https://example.com", Version: "v2", Cluster: "cluster", App: "app", AlarmTopic: "arn:topic", Database: "db.example", Lease: "slipway/prod",
	})
}

func TestAWellStack(t *testing.T) {
	report, err := read(t, well())
	if err != nil {
		t.Fatal(err)
	}
	report.Monthly = 219.4
	var out bytes.Buffer
	if err := report.Write(&out, deployed.Add(90*time.Minute)); err != nil {
		t.Fatal(err)
	}
	want := `stack     prod  https://example.com
version   v2
service   app: 2 of 2 tasks run, 0 pending; last rollout 1h30m0s ago, completed
service   worker: 1 of 1 tasks run, 0 pending; last rollout 1h30m0s ago, completed
targets   2 healthy
database  available
alarms    0 of 1 on
cost      219 USD a month at rest
lock      free

all is well
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestWhatNeedsALook(t *testing.T) {
	for want, change := range map[string]func(*account){
		"no target of the load balancer is healthy":    func(a *account) { a.targets = []elbtypes.TargetHealthStateEnum{elbtypes.TargetHealthStateEnumDraining} },
		"service app runs 1 of 2 tasks":                func(a *account) { a.running = 1 },
		"the rollout of service app failed":            func(a *account) { a.rollout = ecstypes.DeploymentRolloutStateFailed },
		"version v1 serves, not v2 of the last deploy": func(a *account) { a.version = "v1" },
		"the database is rebooting":                    func(a *account) { a.database = "rebooting" },
		"alarm cpu is on":                              func(a *account) { a.alarm = cloudwatchtypes.StateValueAlarm },
	} {
		a := well()
		change(a)
		report, err := read(t, a)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Wrong) != 1 || report.Wrong[0] != want {
			t.Errorf("got %q, want %q", report.Wrong, want)
		}
		var out bytes.Buffer
		if err := report.Write(&out, deployed); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "needs a look:\n  "+want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}

func TestTheHolderOfTheLockIsNamed(t *testing.T) {
	a := well()
	a.holder = lease.Record{Version: lease.Version{Owner: "x"}, Holder: lease.Holder{User: "ada", Host: "laptop", Operation: "up"}}
	report, err := read(t, a)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(report.Lock, "ada@laptop (pulumi up") || len(report.Wrong) != 0 {
		t.Errorf("got %q, %q", report.Lock, report.Wrong)
	}
}

func TestWithoutTheServiceThereIsNoStatus(t *testing.T) {
	a := well()
	a.refuse = errors.New("no credentials")
	if _, err := read(t, a); !errors.Is(err, a.refuse) {
		t.Errorf("got %v", err)
	}
}
