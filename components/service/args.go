package service

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// Architecture is the processor of a task.
type Architecture string

const (
	// ARM64 is Graviton, about 20 % cheaper on Fargate. The zero value means it.
	ARM64 Architecture = "arm64"
	// AMD64 is for images that cannot be built for ARM.
	AMD64 Architecture = "amd64"
)

// Architectures are the values that Architecture takes.
var Architectures = []Architecture{ARM64, AMD64}

// Defaults of a service.
const (
	DefaultPort      = 8000
	DefaultCPU       = 256
	DefaultMemoryMiB = 512
	DefaultMinTasks  = 1
	// DefaultStopTimeoutSeconds is for the app: some seconds in which the load
	// balancer turns away from the task, then its longest request.
	DefaultStopTimeoutSeconds = 60
	// DefaultMigrateTimeoutMinutes and DefaultRolloutTimeoutMinutes bound what a
	// deploy waits for.
	DefaultMigrateTimeoutMinutes, DefaultRolloutTimeoutMinutes = 15, 15
	// DefaultTimezone is for schedules.
	DefaultTimezone = "UTC"
)

// Peer is something that tasks connect to, such as a database: it opens itself
// to a security group and returns the rules that a connection needs.
type Peer interface {
	AllowFrom(ctx *pulumi.Context, who string, securityGroupID pulumi.StringInput) ([]pulumi.Resource, error)
}

// Args describe a service.
type Args struct {
	// VPCID is the VPC of the security group. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are where tasks run. Required.
	SubnetIDs pulumi.StringArrayInput
	// TargetGroupARN is the group that tasks register with; a listener must
	// already forward to it. Required.
	TargetGroupARN pulumi.StringInput
	// LoadBalancerSecurityGroupID is the only source that may reach Port. Required.
	LoadBalancerSecurityGroupID pulumi.StringInput
	// LoadBalancerARN is the application load balancer before the target group.
	// With it the service scales on requests too. Default: on CPU alone.
	LoadBalancerARN pulumi.StringInput

	// Source is where the image comes from. Required.
	Source
	// Found is what Source.Find has found of it. Default: New looks itself.
	Found *Image
	// Port is the one that the app listens on. Default: 8000.
	Port int
	// CPU is a task's share, in 1/1024 of a virtual CPU. Default: 256.
	CPU int
	// MemoryMiB is a task's memory in MiB. Default: 512.
	MemoryMiB int
	// MinTasks and MaxTasks bound the autoscaling. Default: 1, and twice MinTasks.
	MinTasks, MaxTasks int
	// RequestsPerTarget is how many requests a minute a task is to have. It goes
	// with LoadBalancerARN. Default: 600 for every 256 of CPU.
	RequestsPerTarget int
	// Spot runs the tasks beyond OnDemandTasks on Fargate Spot, about 70 %
	// cheaper. Such a task may be stopped with two minutes' notice, and is not
	// replaced while AWS has no capacity to spare; the app must serve on for some
	// seconds after SIGTERM. Default: false, every task runs on-demand.
	Spot bool
	// OnDemandTasks is how many tasks run on-demand whatever happens to Spot, 1
	// or more. It goes with Spot. Default: MinTasks, so that Spot only adds.
	OnDemandTasks int
	// SpotOnly runs every task on Spot: while AWS has no capacity to spare, the
	// app may be down. It goes with Spot. Default: false.
	SpotOnly bool
	// Migrate is the command that must succeed before a new version serves. It runs
	// once a deploy, in a task of its own. Default: none.
	Migrate []string
	// MigrateTimeoutMinutes is how long it may run. Default: 15.
	MigrateTimeoutMinutes int
	// RolloutTimeoutMinutes is how long the new version of the app or of a worker
	// may take until it serves. Default: 15.
	RolloutTimeoutMinutes int
	// HealthCheck is the command that tells ECS whether the app lives. Default: none.
	HealthCheck []string
	// StopTimeoutSeconds is how long the app may take to finish after SIGTERM, 1
	// to 120. Default: 60.
	StopTimeoutSeconds int
	// Environment are the app's plain environment variables. AWS_REGION and
	// APP_VERSION, the image's tag, are always set.
	Environment map[string]pulumi.StringInput
	// Secrets are variables that ECS reads from Secrets Manager when a task
	// starts: the variable's name -> the secret's ARN.
	Secrets map[string]pulumi.StringInput
	// SecretLabels are variables with other versions of these secrets: the
	// variable's name -> a label that a version must have when a task starts.
	// Default: only the current versions.
	SecretLabels map[string]Label
	// Peers are what the tasks connect to besides AWS. Default: nothing.
	Peers []Peer
	// Permissions are what the app's own code may do in AWS. Default: nothing.
	Permissions []policy.Statement

	// Workers run beside the app, from its image and with its rights: the
	// worker's name -> what it runs. Names have 1 to 64 lower-case letters,
	// digits and hyphens and begin with a letter. Default: none.
	Workers map[string]*Worker
	// Schedules run commands at certain times: the schedule's name, of the same
	// form, -> what runs when. Default: none.
	Schedules map[string]*Schedule

	// Exec lets people whom IAM allows it open a shell, as root, in a running
	// task. What they type and see is encrypted by KeyARN, which it needs, and
	// logged, for which the image must hold script and cat. Default: false.
	Exec bool
	// LogGroup is the name of the log group. Default: "/slipway/" + the service's name.
	LogGroup string
	// LogRetentionDays is how long logs are kept, one of CloudWatch's values.
	// Default: 30.
	LogRetentionDays int
	// KeyARN is the KMS key that encrypts logs, sessions and schedules; its policy
	// must admit CloudWatch Logs, see key.Logs. Secrets may be under it too.
	// Default: AWS's own encryption.
	KeyARN pulumi.StringInput
	// WithoutInsights leaves Container Insights off, which costs about 9 USD a
	// month for every service. Default: false, on.
	WithoutInsights bool
}

// Label is a version of a secret, as ECS finds it on Fargate since platform 1.4.0.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
type Label struct {
	// Secret is the variable, one of Secrets, that has the current version. Required.
	Secret string
	// Name is the label. Required.
	Name string
}

// Worker is a long-running process without a port, such as Celery.
type Worker struct {
	// Command is what the worker runs. Required.
	Command []string
	// CPU and MemoryMiB are the size of a task. Default: the app's.
	CPU, MemoryMiB int
	// MinTasks and MaxTasks bound the autoscaling on CPU. Default: 1, and as many
	// as MinTasks, which is no autoscaling.
	MinTasks, MaxTasks int
	// Spot runs every task of the worker on Fargate Spot, about 70 % cheaper. Jobs
	// must go back to their queue when the worker is stopped, and may wait while
	// AWS has no capacity to spare. Default: false, on-demand.
	Spot bool
	// HealthCheck is the command that tells ECS whether the worker lives.
	// Default: none, a worker is replaced when its process ends.
	HealthCheck []string
	// StopTimeoutSeconds is how long a worker may take to finish its jobs after
	// SIGTERM, 1 to 120. Default: 120.
	StopTimeoutSeconds int
}

// Schedule is a command that runs at certain times, in a task of its own of the
// app's size. EventBridge delivers at least once and does not wait for the run
// before: the command must bear to run twice.
type Schedule struct {
	// Expression says when: "rate(1 hour)", or "cron(0 3 * * ? *)" with minutes,
	// hours, day of the month, month, day of the week and year. Required.
	Expression string
	// Timezone is where the expression's clock hangs, an IANA name such as
	// "Europe/Zurich". Default: UTC.
	Timezone string
	// Command is what runs. Required.
	Command []string
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.Architecture = cmp.Or(b.Architecture, ARM64)
	b.Port = cmp.Or(b.Port, DefaultPort)
	b.CPU = cmp.Or(b.CPU, DefaultCPU)
	b.MemoryMiB = cmp.Or(b.MemoryMiB, DefaultMemoryMiB)
	b.MinTasks = cmp.Or(b.MinTasks, DefaultMinTasks)
	b.MaxTasks = cmp.Or(b.MaxTasks, 2*b.MinTasks)
	if b.LoadBalancerARN != nil {
		b.RequestsPerTarget = cmp.Or(b.RequestsPerTarget, max(1, requestsPer256CPU*b.CPU/256))
	}
	if b.Spot && !b.SpotOnly {
		b.OnDemandTasks = cmp.Or(b.OnDemandTasks, b.MinTasks)
	}
	b.StopTimeoutSeconds = cmp.Or(b.StopTimeoutSeconds, DefaultStopTimeoutSeconds)
	b.MigrateTimeoutMinutes = cmp.Or(b.MigrateTimeoutMinutes, DefaultMigrateTimeoutMinutes)
	b.RolloutTimeoutMinutes = cmp.Or(b.RolloutTimeoutMinutes, DefaultRolloutTimeoutMinutes)
	b.Workers = make(map[string]*Worker, len(a.Workers))
	for name, worker := range a.Workers {
		b.Workers[name] = worker.withDefaults(&b)
	}
	b.Schedules = make(map[string]*Schedule, len(a.Schedules))
	for name, schedule := range a.Schedules {
		b.Schedules[name] = schedule.withDefaults()
	}
	return &b
}

// withDefaults takes the size from the app, which has its defaults already.
func (w *Worker) withDefaults(app *Args) *Worker {
	if w == nil {
		return nil
	}
	b := *w
	b.CPU = cmp.Or(b.CPU, app.CPU)
	b.MemoryMiB = cmp.Or(b.MemoryMiB, app.MemoryMiB)
	b.MinTasks = cmp.Or(b.MinTasks, DefaultMinTasks)
	b.MaxTasks = cmp.Or(b.MaxTasks, b.MinTasks)
	b.StopTimeoutSeconds = cmp.Or(b.StopTimeoutSeconds, maxStopTimeoutSeconds)
	return &b
}

func (s *Schedule) withDefaults() *Schedule {
	if s == nil {
		return nil
	}
	b := *s
	b.Timezone = cmp.Or(b.Timezone, DefaultTimezone)
	return &b
}
