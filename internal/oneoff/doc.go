// Package oneoff runs one command in an ECS task of its own and stays with it:
// it says what it waits for, passes the task's log on while it runs, stops the
// task when it is interrupted, and ends with the command's exit code.
//
// It refuses to start what it could not watch: a task definition without the
// container, or a container whose log is not in CloudWatch.
package oneoff
