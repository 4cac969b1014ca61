// Package service builds and runs one containerised web app: an ECR repository,
// the image (built and pushed as a resource), a Fargate service behind a target
// group, its roles, its log group and its autoscaling.
//
// It refuses sizes that Fargate does not offer, environment variables that are
// also secrets, and a build context without a Dockerfile.
//
// It protects running traffic: a new version's migration must succeed before its
// app starts, new tasks must be healthy before old ones stop, and a failed
// rollout is rolled back. Autoscaling's task count survives a deploy.
package service
