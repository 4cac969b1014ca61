package service

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The names of containers, as ECS Exec and command overrides take them.
const (
	// AppContainer runs the app.
	AppContainer = "app"
	// WorkerContainer runs a worker.
	WorkerContainer = "worker"
	// CommandContainer runs a one-off command.
	CommandContainer = "command"
)

// VersionVariable tells every container the version that it runs.
const VersionVariable = "APP_VERSION"

const (
	// appUser is the user of the image; a task never runs as root.
	appUser = "10001:10001"
	// logBuffer is what AWS uses in its own rule for this mode:
	// https://aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/
	logBuffer = "25m"
)

// volume is a place that a container can write to; it ends with the task.
type volume struct{ name, path string }

// scratch is the only such place for the app.
var scratch = volume{name: "scratch", path: "/tmp"}

func (s *Service) volumes() []volume {
	if s.args.Exec {
		return append([]volume{scratch}, agentVolumes...)
	}
	return []volume{scratch}
}

// defineTask describes the app's task.
func (s *Service) defineTask(ctx *pulumi.Context) (err error) {
	s.task, err = s.define(ctx, s.name, s.args.CPU, s.args.MemoryMiB, pulumi.Array{s.app()})
	return err
}

func (s *Service) define(ctx *pulumi.Context, name string, cpu, memoryMiB int, containers pulumi.Array) (*ecs.TaskDefinition, error) {
	volumes := ecs.TaskDefinitionVolumeArray{}
	for _, v := range s.volumes() {
		volumes = append(volumes, &ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(v.name)})
	}
	task, err := ecs.NewTaskDefinition(ctx, name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(name),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(cpu)),
		Memory:                  pulumi.String(strconv.Itoa(memoryMiB)),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String("LINUX"),
			CpuArchitecture:       pulumi.String(map[Architecture]string{ARM64: "ARM64", AMD64: "X86_64"}[s.args.Architecture]),
		},
		ExecutionRoleArn:     s.executionRole.Arn,
		TaskRoleArn:          s.taskRole.Arn,
		ContainerDefinitions: pulumi.JSONMarshal(containers),
		Volumes:              volumes,
		// AWS can't tell whose definition is deregistered, so nobody has the right to:
		// those that no service names any more stay, and cost nothing.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
		SkipDestroy: pulumi.Bool(true),
	}, s.child())
	if err != nil {
		return nil, fmt.Errorf("define task %s: %w", name, err)
	}
	return task, nil
}

func (s *Service) app() pulumi.Map {
	app := s.container(AppContainer, AppContainer, s.volumes())
	app["stopTimeout"] = pulumi.Int(s.args.StopTimeoutSeconds)
	app["portMappings"] = pulumi.Array{pulumi.Map{
		"containerPort": pulumi.Int(s.args.Port),
		"hostPort":      pulumi.Int(s.args.Port),
		"protocol":      pulumi.String("tcp"),
	}}
	if len(s.args.HealthCheck) > 0 {
		app["healthCheck"] = healthCheck(s.args.HealthCheck)
	}
	return app
}

// healthCheck gives a container a minute to start, and up to 30 s of silence
// after that: less would replace one that is only slow.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
func healthCheck(command []string) pulumi.Map {
	return pulumi.Map{
		"command":     pulumi.ToStringArray(append([]string{"CMD"}, command...)),
		"interval":    pulumi.Int(10),
		"timeout":     pulumi.Int(5),
		"retries":     pulumi.Int(3),
		"startPeriod": pulumi.Int(60),
	}
}

// container is what every container of the image has in common. Its log streams
// are called "logPrefix/name/task". Logs never hold it up: while CloudWatch is
// out of reach they are buffered, and what does not fit is lost.
func (s *Service) container(name, logPrefix string, volumes []volume) pulumi.Map {
	variables := map[string]pulumi.StringInput{
		VersionVariable: pulumi.String(s.Version),
		"AWS_REGION":    pulumi.String(s.account.Region),
	}
	maps.Copy(variables, s.args.Environment)
	environment := pulumi.Array{}
	for _, variable := range sortedKeys(variables) {
		environment = append(environment, pulumi.Map{
			"name":  pulumi.String(variable),
			"value": variables[variable],
		})
	}
	from := maps.Clone(s.args.Secrets)
	for variable, label := range s.args.SecretLabels {
		from[variable] = pulumi.Sprintf("%s::%s:", s.args.Secrets[label.Secret], label.Name)
	}
	secrets := pulumi.Array{}
	for _, variable := range sortedKeys(from) {
		secrets = append(secrets, pulumi.Map{
			"name":      pulumi.String(variable),
			"valueFrom": from[variable],
		})
	}
	mounts := pulumi.Array{}
	for _, v := range volumes {
		mounts = append(mounts, pulumi.Map{
			"sourceVolume":  pulumi.String(v.name),
			"containerPath": pulumi.String(v.path),
			"readOnly":      pulumi.Bool(false),
		})
	}
	return pulumi.Map{
		"name":                   pulumi.String(name),
		"image":                  s.image,
		"essential":              pulumi.Bool(true),
		"user":                   pulumi.String(appUser),
		"readonlyRootFilesystem": pulumi.Bool(true),
		"stopTimeout":            pulumi.Int(maxStopTimeoutSeconds),
		"linuxParameters":        pulumi.Map{"initProcessEnabled": pulumi.Bool(true)},
		"environment":            environment,
		"secrets":                secrets,
		"mountPoints":            mounts,
		"logConfiguration": pulumi.Map{
			"logDriver": pulumi.String("awslogs"),
			"options": pulumi.Map{
				"awslogs-group":         s.logs.Name,
				"awslogs-region":        pulumi.String(s.account.Region),
				"awslogs-stream-prefix": pulumi.String(logPrefix),
				"mode":                  pulumi.String("non-blocking"),
				"max-buffer-size":       pulumi.String(logBuffer),
			},
		},
	}
}
