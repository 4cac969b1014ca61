package oneoff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"gitlab.com/slipway/slipway/internal/problem"
)

// advice is what to do about an error of ECS that begins with, or is called, a
// certain word.
type advice struct{ word, todo string }

// refusals are the errors of the API.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html#API_RunTask_Errors
var refusals = []advice{
	{"AccessDenied", "use a role that may ecs:RunTask, ecs:DescribeTasks, ecs:DescribeTaskDefinition, ecs:StopTask, logs:GetLogEvents, and iam:PassRole on the task's two roles"},
	{"ClusterNotFound", "deploy the stack first, or name the right cluster with --cluster"},
	{"ExpiredToken", "log in to AWS again"},
	{"UnrecognizedClient", "log in to AWS again: the credentials are not known"},
	{"InvalidParameter", "deploy the stack again, so that its outputs are those of what runs"},
	{"ClientException", "deploy the stack again: the task definition may be gone"},
}

// failures are the reasons for which ECS starts no task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
var failures = []advice{
	{"Capacity is unavailable", "try again in some minutes: AWS has no Fargate capacity in these zones right now"},
	{"RESOURCE", "try again in some minutes: there is no room for the task right now"},
	{"MISSING", "deploy the stack again: what the task needs is gone"},
}

// stops are the reasons for which a task ends before its command does.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
var stops = []advice{
	{"CannotPullContainerError", "deploy the stack, so that the image is in the registry; if it is, see whether the private subnets have a way to ECR: NAT or interface endpoints"},
	{"CannotPullImageManifestError", "deploy the stack, so that the image is in the registry"},
	{"ResourceInitializationError", "see whether the private subnets have a way to Secrets Manager, ECR and CloudWatch Logs, and whether the execution role may read the secrets"},
	{"OutOfMemoryError", "give tasks more memory: slipway:taskMemoryMiB"},
	{"CannotStartContainerError", "see whether the program is in the image"},
	{"ContainerRuntimeError", "see whether the program is in the image"},
	{"SpotInterruption", "run it again"},
	{"Timeout waiting for network interface provisioning", "run it again"},
}

func find(table []advice, text, otherwise string) string {
	for _, each := range table {
		if strings.Contains(text, each.word) {
			return each.todo
		}
	}
	return otherwise
}

// refused is the error for a request that AWS did not take.
func refused(what string, err error) error {
	code := ""
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	return &problem.Problem{What: "can't " + what, Todo: find(refusals, code, ""), Code: Failed, Cause: err}
}

// notStarted is the error for a task that ECS did not start.
func notStarted(failure types.Failure) error {
	reason := aws.ToString(failure.Reason)
	what := "ECS did not start the task: " + reason
	if detail := aws.ToString(failure.Detail); detail != "" {
		what += " (" + detail + ")"
	}
	return &problem.Problem{What: what, Todo: find(failures, reason, "try again"), Code: Failed}
}

// NoWay is the error for a command that was never begun, since its task found no
// way to the image, the secrets or the log. To run it again is safe, and may help:
// a NAT that is being replaced comes back.
type NoWay struct{ *problem.Problem }

func (e *NoWay) Unwrap() error { return e.Problem }

// noWays are what ECS says of a network without a way out.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
var noWays = []string{"connection issue", "i/o timeout", "context deadline exceeded", "send request failed"}

// notRun is the error for a task that has ended without an exit code.
func notRun(task types.Task, container string) error {
	reasons := []string{aws.ToString(task.StoppedReason)}
	for _, each := range task.Containers {
		if reason := aws.ToString(each.Reason); aws.ToString(each.Name) == container && reason != "" && !strings.Contains(reasons[0], reason) {
			reasons = append(reasons, reason)
		}
	}
	reason := strings.Trim(strings.Join(reasons, "; "), "; ")
	if reason == "" {
		reason = "ECS names no reason"
	}
	todo := find(stops, reason+" "+string(task.StopCode), "run it again; if that does not help, look at the task: aws ecs describe-tasks --tasks "+id(aws.ToString(task.TaskArn)))
	if task.StopCode == types.TaskStopCodeUserInitiated {
		todo = "someone stopped it; run it again"
	}
	failure := &problem.Problem{What: "the command has no exit code, its task ended: " + reason, Todo: todo, Code: Failed}
	if task.StopCode == types.TaskStopCodeTaskFailedToStart && slices.ContainsFunc(noWays, func(words string) bool { return strings.Contains(reason, words) }) {
		return &NoWay{failure}
	}
	return failure
}

// ended is the error for a command that ended for a reason beside its own.
func ended(reason string, code int) error {
	return &problem.Problem{
		What: fmt.Sprintf("the command ended with exit code %d: %s", code, reason),
		Todo: find(stops, reason, ""), Code: code,
	}
}
