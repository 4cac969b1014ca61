package service

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

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
	DefaultPort             = 8000
	DefaultCPU              = 256
	DefaultMemoryMiB        = 512
	DefaultMinTasks         = 1
	DefaultLogRetentionDays = 30
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

	// Context is the directory that the image is built from; it holds the
	// Dockerfile. Required.
	Context string
	// Architecture is the processor of the tasks. Default: arm64.
	Architecture Architecture
	// Port is the one that the app listens on. Default: 8000.
	Port int
	// CPU is a task's share, in 1/1024 of a virtual CPU. Default: 256.
	CPU int
	// MemoryMiB is a task's memory in MiB. Default: 512.
	MemoryMiB int
	// MinTasks and MaxTasks bound the autoscaling. Default: 1, and twice MinTasks.
	MinTasks, MaxTasks int
	// Migrate is the command that runs to success in every new task before the
	// app starts there. Default: none.
	Migrate []string
	// HealthCheck is the command that tells ECS whether the app lives. Default: none.
	HealthCheck []string
	// Environment are the app's plain environment variables. AWS_REGION and
	// APP_VERSION, the image's tag, are always set.
	Environment map[string]pulumi.StringInput
	// Secrets are variables that ECS reads from Secrets Manager when a task
	// starts: the variable's name -> the secret's ARN.
	Secrets map[string]pulumi.StringInput
	// Peers are what the tasks connect to besides AWS. Default: nothing.
	Peers []Peer
	// Permissions are what the app's own code may do in AWS. Default: nothing.
	Permissions []policy.Statement
	// LogGroup is the name of the log group. Default: "/slipway/" + the service's name.
	LogGroup string
	// LogRetentionDays is how long logs are kept, one of CloudWatch's values.
	// Default: 30.
	LogRetentionDays int
	// Disposable lets the image repository be deleted with its images.
	// Default: false.
	Disposable bool
}

// The sizes that Fargate offers, CPU units to least, most and step of memory in MiB.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
var fargateSizes = map[int]struct{ min, max, step int }{
	256:   {512, 2048, 512},
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var variablePattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// ValidSize reports whether Fargate offers a task of this size, and if not,
// what it does offer.
func ValidSize(cpu, memoryMiB int) error {
	size, ok := fargateSizes[cpu]
	if !ok {
		return fmt.Errorf("CPU %d must be one of 256, 512, 1024, 2048, 4096, 8192, 16384", cpu)
	}
	if memoryMiB < size.min || memoryMiB > size.max || (memoryMiB != size.min && memoryMiB%size.step != 0) {
		return fmt.Errorf("memory %d MiB does not go with CPU %d: %d to %d MiB in steps of %d do", memoryMiB, cpu, size.min, size.max, size.step)
	}
	return nil
}

// ValidRetention reports whether CloudWatch Logs can keep logs for so many days.
func ValidRetention(days int) error {
	if !slices.Contains(retentionDays, days) {
		return fmt.Errorf("%d days must be one of %v", days, retentionDays)
	}
	return nil
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("service: args are required")
	}
	a = a.withDefaults()
	var problems []error
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("service.%s: %w", field, err))
		}
	}
	required := func(field string, missing bool) {
		if missing {
			report(field, errors.New("required"))
		}
	}
	required("VPCID", a.VPCID == nil)
	required("SubnetIDs", a.SubnetIDs == nil)
	required("TargetGroupARN", a.TargetGroupARN == nil)
	required("LoadBalancerSecurityGroupID", a.LoadBalancerSecurityGroupID == nil)
	required("Context", a.Context == "")
	if a.Context != "" {
		if _, err := os.Stat(filepath.Join(a.Context, "Dockerfile")); err != nil {
			report("Context", fmt.Errorf("%s holds no Dockerfile", a.Context))
		}
	}
	if !slices.Contains(Architectures, a.Architecture) {
		report("Architecture", fmt.Errorf("%q must be one of %v", a.Architecture, Architectures))
	}
	if a.Port < 1 || a.Port > 65535 {
		report("Port", fmt.Errorf("%d must be 1 to 65535", a.Port))
	}
	report("CPU", ValidSize(a.CPU, a.MemoryMiB))
	if a.MinTasks < 1 || a.MaxTasks < a.MinTasks {
		report("MinTasks", fmt.Errorf("1 <= MinTasks (%d) <= MaxTasks (%d) must hold", a.MinTasks, a.MaxTasks))
	}
	report("LogRetentionDays", ValidRetention(a.LogRetentionDays))
	for _, name := range sortedKeys(a.Environment) {
		if !variablePattern.MatchString(name) {
			report("Environment."+name, errors.New("must be upper-case letters, digits and _"))
		}
		if _, both := a.Secrets[name]; both {
			report("Environment."+name, errors.New("is a secret as well: give it once"))
		}
	}
	for _, name := range sortedKeys(a.Secrets) {
		if !variablePattern.MatchString(name) {
			report("Secrets."+name, errors.New("must be upper-case letters, digits and _"))
		}
	}
	return errors.Join(problems...)
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.Architecture = cmp.Or(b.Architecture, ARM64)
	b.Port = cmp.Or(b.Port, DefaultPort)
	b.CPU = cmp.Or(b.CPU, DefaultCPU)
	b.MemoryMiB = cmp.Or(b.MemoryMiB, DefaultMemoryMiB)
	b.MinTasks = cmp.Or(b.MinTasks, DefaultMinTasks)
	b.MaxTasks = cmp.Or(b.MaxTasks, 2*b.MinTasks)
	b.LogRetentionDays = cmp.Or(b.LogRetentionDays, DefaultLogRetentionDays)
	return &b
}
