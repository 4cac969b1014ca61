package status

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/components/service"
)

// ECS is what this package asks of ECS.
type ECS interface {
	ecs.ListServicesAPIClient
	ecs.DescribeServicesAPIClient
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// LoadBalancing is what this package asks of Elastic Load Balancing.
type LoadBalancing = elb.DescribeTargetHealthAPIClient

// Alarms is what this package asks of CloudWatch.
type Alarms = cloudwatch.DescribeAlarmsAPIClient

// Databases is what this package asks of RDS.
type Databases = rds.DescribeDBInstancesAPIClient

// Leases tell who holds the lock of a stack.
type Leases interface {
	Read(ctx context.Context, stack string) (lease.Record, error)
}

// AWS is where the answers come from.
type AWS struct {
	Leases    Leases
	ECS       ECS
	ELB       LoadBalancing
	Alarms    Alarms
	Databases Databases
}

// Stack is what is known of the stack from its outputs.
type Stack struct {
	Name, URL string
	// Version is the version that the last deploy put there.
	Version string
	// Cluster is the ECS cluster, App the service behind the load balancer.
	Cluster, App string
	// AlarmTopic is the ARN of the SNS topic that the stack's alarms notify.
	AlarmTopic string
	// Database is the host name of the database.
	Database string
	// Lease is the name of the stack among the leases: "slipway/staging".
	Lease string
}

// Report is how the stack is.
type Report struct {
	Stack string `json:"stack"`
	URL   string `json:"url"`
	// Deployed is the version of the last deploy, Serving the one that most of the
	// app's running tasks have.
	Deployed string    `json:"deployed"`
	Serving  string    `json:"serving"`
	Services []Service `json:"services"`
	// Targets are the load balancer's targets by their state.
	Targets  map[string]int `json:"targets"`
	Database string         `json:"database"`
	// Alarms are the names of the alarms that are on, of so many.
	Alarms  []string `json:"alarmsOn"`
	Watched int      `json:"alarms"`
	// Monthly is what the stack costs a month at rest, in USD; 0 when not known.
	Monthly float64 `json:"monthlyUsd,omitempty"`
	// Lock says who holds the stack's lock, empty when nobody does.
	Lock string `json:"lock,omitempty"`
	// Wrong is what needs a look, most urgent first. Empty when all is well.
	Wrong []string `json:"wrong,omitempty"`
}

// Service is an ECS service.
type Service struct {
	Name    string `json:"name"`
	Desired int32  `json:"desired"`
	Running int32  `json:"running"`
	Pending int32  `json:"pending"`
	// Rollout is the state of the newest deployment: COMPLETED, IN_PROGRESS, FAILED.
	Rollout string    `json:"rollout"`
	Since   time.Time `json:"since"`
}

// Read looks at everything. A part that can't be read is named in the report; it
// fails when the app's service can't be.
func Read(ctx context.Context, from AWS, stack Stack) (*Report, error) {
	report := &Report{Stack: stack.Name, URL: stack.URL, Deployed: stack.Version, Targets: map[string]int{}}
	app, err := report.services(ctx, from.ECS, stack)
	if err != nil {
		return nil, err
	}
	report.wrong(report.serving(ctx, from.ECS, app, stack), "the app's task definition can't be read")
	report.wrong(report.targets(ctx, from.ELB, app), "the load balancer's targets can't be read")
	report.wrong(report.database(ctx, from.Databases, stack), "the database can't be read")
	report.wrong(report.alarms(ctx, from.Alarms, stack), "the alarms can't be read")
	report.wrong(report.lock(ctx, from.Leases, stack), "the lock can't be read")
	return report, nil
}

func (r *Report) wrong(err error, what string) {
	if err != nil {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%s: %v", what, err))
	}
}

// describedServices is how many services DescribeServices takes at once:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const describedServices = 10

func (r *Report) services(ctx context.Context, api ECS, stack Stack) (app ecstypes.Service, err error) {
	var arns []string
	pages := ecs.NewListServicesPaginator(api, &ecs.ListServicesInput{Cluster: &stack.Cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return app, fmt.Errorf("list the services of cluster %s: %w", stack.Cluster, err)
		}
		arns = append(arns, page.ServiceArns...)
	}
	found := false
	for part := range slices.Chunk(arns, describedServices) {
		described, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &stack.Cluster, Services: part})
		if err != nil {
			return app, fmt.Errorf("describe the services of cluster %s: %w", stack.Cluster, err)
		}
		for _, service := range described.Services {
			r.add(service)
			if aws.ToString(service.ServiceName) == stack.App {
				app, found = service, true
			}
		}
	}
	if !found {
		return app, fmt.Errorf("cluster %s has no service %s", stack.Cluster, stack.App)
	}
	slices.SortFunc(r.Services, func(a, b Service) int {
		return cmp.Or(first(b.Name == stack.App)-first(a.Name == stack.App), strings.Compare(a.Name, b.Name))
	})
	return app, nil
}

func first(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (r *Report) add(service ecstypes.Service) {
	s := Service{Name: aws.ToString(service.ServiceName), Desired: service.DesiredCount, Running: service.RunningCount, Pending: service.PendingCount}
	for _, deployment := range service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			s.Rollout, s.Since = string(deployment.RolloutState), aws.ToTime(deployment.CreatedAt)
		}
	}
	if s.Running < s.Desired {
		r.Wrong = append(r.Wrong, fmt.Sprintf("service %s runs %d of %d tasks", s.Name, s.Running, s.Desired))
	}
	if s.Rollout == string(ecstypes.DeploymentRolloutStateFailed) {
		r.Wrong = append(r.Wrong, fmt.Sprintf("the rollout of service %s failed", s.Name))
	}
	r.Services = append(r.Services, s)
}

// serving finds the version in the environment of the app's tasks, whose image is
// told by its digest.
func (r *Report) serving(ctx context.Context, api ECS, app ecstypes.Service, stack Stack) error {
	most, family := int32(-1), app.TaskDefinition
	for _, deployment := range app.Deployments {
		if deployment.RunningCount > most {
			most, family = deployment.RunningCount, deployment.TaskDefinition
		}
	}
	described, err := api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: family})
	if err != nil {
		return err
	}
	for _, container := range described.TaskDefinition.ContainerDefinitions {
		if len(container.PortMappings) == 0 {
			continue
		}
		for _, variable := range container.Environment {
			if aws.ToString(variable.Name) == service.VersionVariable {
				r.Serving = aws.ToString(variable.Value)
			}
		}
	}
	if r.Serving != stack.Version {
		r.Wrong = append(r.Wrong, fmt.Sprintf("version %s serves, not %s of the last deploy", r.Serving, stack.Version))
	}
	return nil
}

func (r *Report) targets(ctx context.Context, api LoadBalancing, app ecstypes.Service) error {
	if len(app.LoadBalancers) == 0 {
		return errors.New("the service has none")
	}
	for _, behind := range app.LoadBalancers {
		health, err := api.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: behind.TargetGroupArn})
		if err != nil {
			return err
		}
		for _, target := range health.TargetHealthDescriptions {
			r.Targets[string(target.TargetHealth.State)]++
		}
	}
	if r.Targets["healthy"] == 0 {
		r.Wrong = append([]string{"no target of the load balancer is healthy"}, r.Wrong...)
	}
	return nil
}

// database looks for the instance by its host name.
func (r *Report) database(ctx context.Context, api Databases, stack Stack) error {
	pages := rds.NewDescribeDBInstancesPaginator(api, &rds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, instance := range page.DBInstances {
			if instance.Endpoint == nil || aws.ToString(instance.Endpoint.Address) != stack.Database {
				continue
			}
			r.Database = aws.ToString(instance.DBInstanceStatus)
			if r.Database != "available" {
				r.Wrong = append(r.Wrong, "the database is "+r.Database)
			}
			return nil
		}
	}
	return fmt.Errorf("there is none at %s", stack.Database)
}

// alarms counts the alarms that notify the stack's topic.
func (r *Report) alarms(ctx context.Context, api Alarms, stack Stack) error {
	pages := cloudwatch.NewDescribeAlarmsPaginator(api, &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, alarm := range page.MetricAlarms {
			if !slices.Contains(alarm.AlarmActions, stack.AlarmTopic) {
				continue
			}
			r.Watched++
			if alarm.StateValue == cloudwatchtypes.StateValueAlarm {
				r.Alarms = append(r.Alarms, aws.ToString(alarm.AlarmName))
			}
		}
	}
	slices.Sort(r.Alarms)
	for _, name := range r.Alarms {
		r.Wrong = append(r.Wrong, "alarm "+name+" is on")
	}
	return nil
}

func (r *Report) lock(ctx context.Context, leases Leases, stack Stack) error {
	record, err := leases.Read(ctx, stack.Lease)
	if err == nil && !record.Free() {
		r.Lock = record.Holder.String()
	}
	return err
}
