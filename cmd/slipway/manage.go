package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/oneoff"
	"gitlab.com/slipway/slipway/internal/problem"
)

// manageCommand runs Django's management commands.
func manageCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args oneoff.Args
	var subnets string
	command := &cobra.Command{
		Use:   "manage --stack STACK --outputs FILE -- ARGUMENT...",
		Short: "Run python manage.py ARGUMENT... in a task of its own",
		Long: `Runs python manage.py ARGUMENT... in an ECS task of its own, with the image,
the rights and the variables of the app, and shows its output as it runs.

The exit code is the command's. 125 means that the command did not run or that
its end was not seen, 130 that it was interrupted: Ctrl-C stops the task.

Never pass a secret as an argument: ECS keeps the arguments of a task, and
CloudTrail the request that started it. Let the command read it from Secrets
Manager, or from a variable that the task has as a secret. A command that asks
questions gets no answers here: run it in slipway shell.`,
		Example: `  slipway manage --stack staging --outputs outputs.json -- check --deploy
  slipway manage --stack prod --outputs outputs.json -- clearsessions`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return &problem.Problem{What: "no command is given", Todo: "put it after --, as in: slipway manage --stack staging -- check --deploy", Code: oneoff.Failed}
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return failed(err)
			}
			configuration, err := flags.aws(ctx)
			if err != nil {
				return failed(err)
			}
			args.Subnets = strings.Split(subnets, ",")
			args.Command = append([]string{"python", "manage.py"}, arguments...)
			runner := oneoff.New(ecs.NewFromConfig(configuration), cloudwatchlogs.NewFromConfig(configuration), t.out, t.errs)
			code, err := runner.Run(ctx, args)
			if err != nil {
				return err
			}
			if code != 0 {
				return problem.Exit(code)
			}
			return nil
		},
	}
	flags.register(command, taskSettings(&args, &subnets)...)
	return command
}

// taskSettings are where a task of the app's commands runs.
func taskSettings(args *oneoff.Args, subnets *string) []setting {
	return []setting{
		{flag: "cluster", variable: "SLIPWAY_CLUSTER", output: "clusterName", about: "ECS cluster", into: &args.Cluster},
		{flag: "task-definition", variable: "SLIPWAY_TASK_DEFINITION", output: "commandTaskDefinition", about: "task definition", into: &args.TaskDefinition},
		{flag: "container", variable: "SLIPWAY_CONTAINER", otherwise: service.CommandContainer, about: "container whose command is replaced", into: &args.Container},
		{flag: "subnets", variable: "SLIPWAY_SUBNETS", output: "taskSubnetIds", about: "subnets, with commas between", into: subnets},
		{flag: "security-group", variable: "SLIPWAY_SECURITY_GROUP", output: "taskSecurityGroupId", about: "security group", into: &args.SecurityGroup},
		{flag: "log-group", variable: "SLIPWAY_LOG_GROUP", output: "logGroup", about: "log group", optional: true, into: &args.LogGroup},
	}
}

// failed gives an error the exit code of a command that did not run.
func failed(err error) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		p.Code = oneoff.Failed
		return err
	}
	return &problem.Problem{What: "the command was not run", Cause: err, Code: oneoff.Failed}
}
