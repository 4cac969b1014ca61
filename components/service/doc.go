// Package service builds and runs one containerised web app: the image (built and
// pushed as a resource unless the repository has it), an ECS cluster, a Fargate
// service behind a target group, its roles, its log group and its autoscaling. From
// the same image it runs workers, schedules and one-off commands.
//
// It refuses sizes that Fargate does not offer, schedules that EventBridge does
// not take, environment variables that are also secrets, sessions that nobody's
// key encrypts, and a build context without a Dockerfile.
//
// It protects running traffic: a new version's migration must succeed before its
// app starts; all tasks of its app must be healthy before its workers start, and
// alone serve before its schedules do; new tasks must be healthy before old ones
// stop, and a failed rollout is rolled back. Autoscaling's task count survives a
// deploy. At least one of the app's tasks is not on Spot. Containers run without
// root on a read-only file system.
package service
