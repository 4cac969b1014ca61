package execshell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"gitlab.com/slipway/slipway/internal/problem"
)

// Args say where the shell opens.
type Args struct {
	// Cluster and Service are the names or ARNs of the ECS cluster and service.
	// Required; Service not with Task.
	Cluster, Service string
	// Task is the ID or ARN of a task. Default: the service's newest that can be
	// entered.
	Task string
	// Container is the container in the task. Required.
	Container string
	// Command is what runs there. Required.
	Command string
}

// Validate reports everything that is missing at once.
func (a Args) Validate() error {
	var problems []error
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"Cluster", a.Cluster == ""},
		{"Service", a.Service == "" && a.Task == ""},
		{"Container", a.Container == ""},
		{"Command", a.Command == ""},
	} {
		if field.missing {
			problems = append(problems, fmt.Errorf("execshell.%s: required", field.name))
		}
	}
	return errors.Join(problems...)
}

// ECS is what this package asks of ECS.
type ECS interface {
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	ExecuteCommand(context.Context, *ecs.ExecuteCommandInput, ...func(*ecs.Options)) (*ecs.ExecuteCommandOutput, error)
}

// Session is a shell that waits for its terminal.
type Session struct {
	ID, URL, Token string
	// Target is what Session Manager calls the container, by which it encrypts.
	Target string
}

// Open finds a task and starts a shell in it. progress gets what it does.
func Open(ctx context.Context, client ECS, args Args, progress io.Writer) (Session, error) {
	if err := args.Validate(); err != nil {
		return Session{}, err
	}
	task, err := choose(ctx, client, args)
	if err != nil {
		return Session{}, err
	}
	fmt.Fprintf(progress, "==> %s in container %s of task %s; leave it with exit\n", args.Command, args.Container, id(aws.ToString(task.TaskArn)))
	answer, err := client.ExecuteCommand(ctx, &ecs.ExecuteCommandInput{
		Cluster: &args.Cluster, Task: task.TaskArn, Container: &args.Container, Command: &args.Command, Interactive: true,
	})
	if err != nil {
		return Session{}, refused("open a shell", err)
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
	target := fmt.Sprintf("ecs:%s_%s_%s", id(aws.ToString(task.ClusterArn)), id(aws.ToString(task.TaskArn)), aws.ToString(container(task, args.Container).RuntimeId))
	return Session{
		ID: aws.ToString(answer.Session.SessionId), URL: aws.ToString(answer.Session.StreamUrl), Token: aws.ToString(answer.Session.TokenValue),
		Target: target,
	}, nil
}

// choose takes the task that is asked for, else the newest that can be entered.
func choose(ctx context.Context, client ECS, args Args) (types.Task, error) {
	arns := []string{args.Task}
	if args.Task == "" {
		listed, err := client.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &args.Cluster, ServiceName: &args.Service, DesiredStatus: types.DesiredStatusRunning})
		if err != nil {
			return types.Task{}, refused("list the service's tasks", err)
		}
		if arns = listed.TaskArns; len(arns) == 0 {
			return types.Task{}, &problem.Problem{What: fmt.Sprintf("service %s has no running task", args.Service), Todo: "look at its events and its log: is the last deployment healthy?"}
		}
	}
	described, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &args.Cluster, Tasks: arns})
	if err != nil {
		return types.Task{}, refused("look at the tasks", err)
	}
	if len(described.Tasks) == 0 {
		return types.Task{}, &problem.Problem{What: fmt.Sprintf("cluster %s has no task %s", args.Cluster, strings.Join(arns, " ")), Todo: "leave --task out to take the newest"}
	}
	slices.SortFunc(described.Tasks, func(a, b types.Task) int { return compareStart(b, a) })
	var first error
	for _, task := range described.Tasks {
		err := enterable(task, args.Container)
		if err == nil {
			return task, nil
		}
		first = cmp.Or(first, err)
	}
	return types.Task{}, first
}

func compareStart(a, b types.Task) int {
	return cmp.Or(startedAt(a).Compare(startedAt(b)), strings.Compare(aws.ToString(a.TaskArn), aws.ToString(b.TaskArn)))
}

func startedAt(task types.Task) time.Time { return aws.ToTime(task.StartedAt) }

// enterable says what keeps people out of a task, nil for nothing.
func enterable(task types.Task, name string) error {
	taskID, found := id(aws.ToString(task.TaskArn)), container(task, name)
	switch {
	case found == nil:
		var names []string
		for _, each := range task.Containers {
			names = append(names, aws.ToString(each.Name))
		}
		return &problem.Problem{What: fmt.Sprintf("task %s has no container %q", taskID, name), Todo: "name one of these with --container: " + strings.Join(names, ", ")}
	case !task.EnableExecuteCommand:
		return &problem.Problem{What: fmt.Sprintf("task %s was started without ECS Exec", taskID), Todo: "deploy the stack again: tasks that start now have it"}
	case aws.ToString(task.LastStatus) != "RUNNING" || aws.ToString(found.LastStatus) != "RUNNING":
		return &problem.Problem{What: fmt.Sprintf("container %q of task %s is not running (%s)", name, taskID, aws.ToString(found.LastStatus)), Todo: "try again when the deployment is through"}
	}
	for _, agent := range found.ManagedAgents {
		if agent.Name == types.ManagedAgentNameExecuteCommandAgent && aws.ToString(agent.LastStatus) == "RUNNING" {
			return nil
		}
	}
	return &problem.Problem{
		What: fmt.Sprintf("the agent for ECS Exec does not run in container %q of task %s", name, taskID),
		Todo: "try again in a minute; if it stays so, see whether the private subnets have a way to Session Manager (ssmmessages) and the task role may use it",
	}
}

func container(task types.Task, name string) *types.Container {
	for i := range task.Containers {
		if aws.ToString(task.Containers[i].Name) == name {
			return &task.Containers[i]
		}
	}
	return nil
}

func refused(what string, err error) error {
	todo := ""
	var api smithy.APIError
	if errors.As(err, &api) {
		todo = advice[api.ErrorCode()]
	}
	return &problem.Problem{What: "can't " + what, Todo: todo, Cause: err}
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html#API_ExecuteCommand_Errors
var advice = map[string]string{
	"AccessDeniedException":       "use a role that may ecs:ExecuteCommand on the cluster and its tasks, ecs:ListTasks, ecs:DescribeTasks, and kms:GenerateDataKey on the sessions' key",
	"ClusterNotFoundException":    "deploy the stack first, or name the right cluster with --cluster",
	"ExpiredTokenException":       "log in to AWS again",
	"ServiceNotFoundException":    "deploy the stack first, or name the right service with --service",
	"TargetNotConnectedException": "try again in a minute; if it stays so, see whether the private subnets have a way to Session Manager (ssmmessages) and the task role may use it",
}

// id is the last part of an ARN.
func id(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
