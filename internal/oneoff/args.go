package oneoff

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Args say what runs where.
type Args struct {
	// Cluster is the name or ARN of the ECS cluster. Required.
	Cluster string
	// TaskDefinition is the ARN or family of the task definition. Required.
	TaskDefinition string
	// Container is the container whose command is replaced. Required.
	Container string
	// Subnets and SecurityGroup are where the task runs. Required.
	Subnets       []string
	SecurityGroup string
	// LogGroup is where the container logs. Default: what the task definition says.
	LogGroup string
	// Command is the program and its arguments. Required.
	Command []string
}

// Validate reports everything that is missing at once.
func (a Args) Validate() error {
	var problems []error
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"Cluster", a.Cluster == ""},
		{"TaskDefinition", a.TaskDefinition == ""},
		{"Container", a.Container == ""},
		{"Subnets", len(a.Subnets) == 0},
		{"SecurityGroup", a.SecurityGroup == ""},
		{"Command", len(a.Command) == 0},
	} {
		if field.missing {
			problems = append(problems, fmt.Errorf("oneoff.%s: required", field.name))
		}
	}
	return errors.Join(problems...)
}

// ECS is what this package asks of ECS.
type ECS interface {
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
	RunTask(context.Context, *ecs.RunTaskInput, ...func(*ecs.Options)) (*ecs.RunTaskOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
}

// Logs is what this package asks of CloudWatch Logs.
type Logs interface {
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}
