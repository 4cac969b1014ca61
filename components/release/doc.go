// Package release does the parts of a deploy that are no resources: it runs one
// command, such as a migration, before new code serves, and follows a rollout in
// ECS until the version that was registered is the one that serves.
//
// It refuses to call a deploy done that is not: when ECS has rolled back, has
// given up, or is not done in time, the error names the reason of the task that
// stopped, the last lines of its log, and where to look. AWS's own answer to such
// a deploy is success: https://github.com/pulumi/pulumi-aws/issues/4487
//
// It calls AWS with the credentials of the environment, and never in a preview.
package release
