package main

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/execshell"
	"gitlab.com/slipway/slipway/components/service"
)

// shellCommand opens a shell by ECS Exec. It takes no signals: the session hands
// Ctrl-C on.
func shellCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args execshell.Args
	command := &cobra.Command{
		Use:   "shell --stack STACK --outputs FILE",
		Short: "Open a shell in a running task",
		Long: `Opens an interactive shell in a running task of the app by ECS Exec. Nothing has
to be installed for it, and no port is open: it goes through AWS Session Manager.

What is typed and shown is logged and kept. The task's files are gone with the
task; for one command without a terminal use slipway manage.`,
		Example: `  slipway shell --stack staging --outputs outputs.json
  slipway shell --stack staging --outputs outputs.json --command "python manage.py shell"`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := execshell.CheckTerminal(t.in, t.out); err != nil {
				return err
			}
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return err
			}
			configuration, err := flags.aws(command.Context())
			if err != nil {
				return err
			}
			session, err := execshell.Open(command.Context(), ecs.NewFromConfig(configuration), args, t.errs)
			if err != nil {
				return err
			}
			return execshell.Attach(command.Context(), t.in, configuration, session)
		},
	}
	flags.register(command,
		setting{flag: "cluster", variable: "SLIPWAY_CLUSTER", output: "clusterName", about: "ECS cluster", into: &args.Cluster},
		setting{flag: "service", variable: "SLIPWAY_SERVICE", output: "serviceName", about: "ECS service", into: &args.Service},
		setting{flag: "container", variable: "SLIPWAY_APP_CONTAINER", otherwise: service.AppContainer, about: "container", into: &args.Container},
		setting{flag: "command", variable: "SLIPWAY_SHELL", otherwise: "/bin/sh", about: "what runs in the container", into: &args.Command},
	)
	command.Flags().StringVar(&args.Task, "task", "", "task (default: the newest that can be entered)")
	return command
}
