package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const (
	// explainTimeout bounds the search for a reason.
	explainTimeout = 30 * time.Second
	// shownEvents is how many of the service's messages an error holds when no
	// task has stopped.
	shownEvents = 3
	// describedTasks is how many tasks DescribeTasks takes at once:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
	describedTasks = 100
)

// failure is the error for a rollout that did not end as it should. It says what
// can be found out; what can't is left out, since the failure is what counts.
func (w *watch) failure(ctx context.Context, what string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), explainTimeout)
	defer cancel()
	var text strings.Builder
	fmt.Fprintf(&text, "service %s does not serve %s: the rollout %s", short(w.Service), short(w.TaskDefinition), what)
	if now := w.serving(ctx); now != "" && now != w.TaskDefinition {
		fmt.Fprintf(&text, "\n  %s goes on serving", short(now))
	}
	if task := w.lastStopped(ctx); task != nil {
		text.WriteString(w.describe(ctx, *task))
	} else {
		for _, message := range w.events(ctx) {
			text.WriteString("\n  " + message)
		}
	}
	fmt.Fprintf(&text, "\n  look at it with: aws ecs describe-services --cluster %s --services %s", short(w.Cluster), short(w.Service))
	text.WriteString("\n  next: correct the cause and run the deploy again")
	return fmt.Errorf("%s", text.String())
}

// serving is the task definition that has the most running tasks.
func (w *watch) serving(ctx context.Context) string {
	service := w.service(ctx)
	most, found := int32(0), ""
	for _, deployment := range service.Deployments {
		if deployment.RunningCount > most {
			most, found = deployment.RunningCount, aws.ToString(deployment.TaskDefinition)
		}
	}
	return found
}

func (w *watch) events(ctx context.Context) []string {
	var messages []string
	for _, event := range w.service(ctx).Events {
		if len(messages) == shownEvents {
			break
		}
		messages = append(messages, aws.ToString(event.Message))
	}
	return messages
}

func (w *watch) service(ctx context.Context) types.Service {
	answer, err := w.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &w.Cluster, Services: []string{w.Service}})
	if err != nil || len(answer.Services) == 0 {
		return types.Service{}
	}
	return answer.Services[0]
}

// lastStopped is the task of the version that stopped last. ECS shows stopped
// tasks for an hour.
func (w *watch) lastStopped(ctx context.Context) *types.Task {
	listed, err := w.ECS.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster: &w.Cluster, ServiceName: &w.Service, DesiredStatus: types.DesiredStatusStopped, MaxResults: aws.Int32(describedTasks),
	})
	if err != nil || len(listed.TaskArns) == 0 {
		return nil
	}
	answer, err := w.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &w.Cluster, Tasks: listed.TaskArns})
	if err != nil {
		return nil
	}
	stopped := slices.DeleteFunc(answer.Tasks, func(task types.Task) bool {
		return aws.ToString(task.TaskDefinitionArn) != w.TaskDefinition
	})
	if len(stopped) == 0 {
		return nil
	}
	last := slices.MaxFunc(stopped, func(a, b types.Task) int {
		return aws.ToTime(a.StoppingAt).Compare(aws.ToTime(b.StoppingAt))
	})
	return &last
}

// describe is why a task stopped and what it said last.
func (w *watch) describe(ctx context.Context, task types.Task) string {
	text := fmt.Sprintf("\n  its task %s stopped: %s", short(aws.ToString(task.TaskArn)), aws.ToString(task.StoppedReason))
	container := guilty(task.Containers)
	if container == nil {
		return text
	}
	name := aws.ToString(container.Name)
	switch why := aws.ToString(container.Reason); {
	case container.ExitCode != nil && why != "":
		text += fmt.Sprintf("\n  container %s ended with exit code %d: %s", name, *container.ExitCode, why)
	case container.ExitCode != nil:
		text += fmt.Sprintf("\n  container %s ended with exit code %d", name, *container.ExitCode)
	case why != "":
		text += fmt.Sprintf("\n  container %s: %s", name, why)
	}
	group, stream := w.log(ctx, name, short(aws.ToString(task.TaskArn)))
	if group == "" {
		return text
	}
	text += quote(w.lines(ctx, group, stream))
	return text + fmt.Sprintf("\n  all of its log: aws logs tail %s --log-stream-names %s --since 1h", group, stream)
}

// guilty is the container that ended badly, else the first one.
func guilty(containers []types.Container) *types.Container {
	at := slices.IndexFunc(containers, func(c types.Container) bool { return aws.ToInt32(c.ExitCode) != 0 || aws.ToString(c.Reason) != "" })
	if at < 0 && len(containers) == 0 {
		return nil
	}
	return &containers[max(at, 0)]
}

// log is where a container of the version logs.
func (w *watch) log(ctx context.Context, container, task string) (group, stream string) {
	answer, err := w.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &w.TaskDefinition})
	if err != nil || answer.TaskDefinition == nil {
		return "", ""
	}
	for _, definition := range answer.TaskDefinition.ContainerDefinitions {
		if aws.ToString(definition.Name) == container && definition.LogConfiguration != nil {
			options := definition.LogConfiguration.Options
			return options["awslogs-group"], options["awslogs-stream-prefix"] + "/" + container + "/" + task
		}
	}
	return "", ""
}

func (w *watch) lines(ctx context.Context, group, stream string) []string {
	answer, err := w.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, Limit: aws.Int32(quoted),
	})
	if err != nil {
		return nil
	}
	var lines []string
	for _, event := range answer.Events {
		lines = append(lines, strings.TrimRight(aws.ToString(event.Message), "\r\n"))
	}
	return lines
}
