package service

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	appContainer     = "app"
	migrateContainer = "migrate"
	// appUser is the user of the image; a task never runs as root.
	appUser = "10001:10001"
	// stopTimeoutSeconds is how long a container may take to finish after
	// SIGTERM, at most 120 on Fargate.
	stopTimeoutSeconds = 60
	// scratchVolume is the only place that a container can write to.
	scratchVolume, scratchPath = "scratch", "/tmp"
)

// defineTask describes a task: the migration, if there is one, then the app.
func (s *Service) defineTask(ctx *pulumi.Context) error {
	region, err := aws.GetRegion(ctx, nil, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("look up the region: %w", err)
	}
	containers := pulumi.Array{s.app(region.Name)}
	if len(s.args.Migrate) > 0 {
		containers = append(containers, s.migration(region.Name))
	}
	s.task, err = ecs.NewTaskDefinition(ctx, s.name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(s.name),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(s.args.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(s.args.MemoryMiB)),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String("LINUX"),
			CpuArchitecture:       pulumi.String(map[Architecture]string{ARM64: "ARM64", AMD64: "X86_64"}[s.args.Architecture]),
		},
		ExecutionRoleArn:     s.executionRole.Arn,
		TaskRoleArn:          s.taskRole.Arn,
		ContainerDefinitions: pulumi.JSONMarshal(containers),
		Volumes: ecs.TaskDefinitionVolumeArray{&ecs.TaskDefinitionVolumeArgs{
			Name: pulumi.String(scratchVolume),
		}},
	}, s.child())
	if err != nil {
		return fmt.Errorf("define task: %w", err)
	}
	return nil
}

func (s *Service) app(region string) pulumi.Map {
	app := s.container(appContainer, region)
	app["essential"] = pulumi.Bool(true)
	app["portMappings"] = pulumi.Array{pulumi.Map{
		"containerPort": pulumi.Int(s.args.Port),
		"hostPort":      pulumi.Int(s.args.Port),
		"protocol":      pulumi.String("tcp"),
	}}
	if len(s.args.HealthCheck) > 0 {
		app["healthCheck"] = pulumi.Map{
			"command":     pulumi.ToStringArray(append([]string{"CMD"}, s.args.HealthCheck...)),
			"interval":    pulumi.Int(10),
			"timeout":     pulumi.Int(5),
			"retries":     pulumi.Int(3),
			"startPeriod": pulumi.Int(60),
		}
	}
	if len(s.args.Migrate) > 0 {
		app["dependsOn"] = pulumi.Array{pulumi.Map{
			"containerName": pulumi.String(migrateContainer),
			"condition":     pulumi.String("SUCCESS"),
		}}
	}
	return app
}

func (s *Service) migration(region string) pulumi.Map {
	migration := s.container(migrateContainer, region)
	migration["essential"] = pulumi.Bool(false)
	migration["command"] = pulumi.ToStringArray(s.args.Migrate)
	return migration
}

// container is what every container of the image has in common.
func (s *Service) container(name, region string) pulumi.Map {
	variables := map[string]pulumi.StringInput{
		"APP_VERSION": pulumi.String(s.Version),
		"AWS_REGION":  pulumi.String(region),
	}
	maps.Copy(variables, s.args.Environment)
	environment := pulumi.Array{}
	for _, variable := range sortedKeys(variables) {
		environment = append(environment, pulumi.Map{
			"name":  pulumi.String(variable),
			"value": variables[variable],
		})
	}
	secrets := pulumi.Array{}
	for _, variable := range sortedKeys(s.args.Secrets) {
		secrets = append(secrets, pulumi.Map{
			"name":      pulumi.String(variable),
			"valueFrom": s.args.Secrets[variable],
		})
	}
	return pulumi.Map{
		"name":                   pulumi.String(name),
		"image":                  s.image.RepoDigest,
		"user":                   pulumi.String(appUser),
		"readonlyRootFilesystem": pulumi.Bool(true),
		"stopTimeout":            pulumi.Int(stopTimeoutSeconds),
		"linuxParameters":        pulumi.Map{"initProcessEnabled": pulumi.Bool(true)},
		"environment":            environment,
		"secrets":                secrets,
		"mountPoints": pulumi.Array{pulumi.Map{
			"sourceVolume":  pulumi.String(scratchVolume),
			"containerPath": pulumi.String(scratchPath),
			"readOnly":      pulumi.Bool(false),
		}},
		"logConfiguration": pulumi.Map{
			"logDriver": pulumi.String("awslogs"),
			"options": pulumi.Map{
				"awslogs-group":         s.logs.Name,
				"awslogs-region":        pulumi.String(region),
				"awslogs-stream-prefix": pulumi.String(name),
			},
		},
	}
}
