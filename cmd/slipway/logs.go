package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/logtail"
	"gitlab.com/slipway/slipway/internal/problem"
)

// logsCommand shows the app's log.
func logsCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args logtail.Args
	command := &cobra.Command{
		Use:   "logs --stack STACK --outputs FILE",
		Short: "Show the app's log, and follow it",
		Long: `Shows the log of the app, its workers and its one-off commands, oldest lines first.
Lines are JSON: a filter pattern picks fields of them.`,
		Example: `  slipway logs --stack staging --outputs outputs.json --follow
  slipway logs --stack prod --outputs outputs.json --since 1h --filter '{ $.status >= 500 }'`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return err
			}
			configuration, err := flags.aws(ctx)
			if err != nil {
				return err
			}
			if err := logtail.Show(ctx, cloudwatchlogs.NewFromConfig(configuration), t.out, args); err != nil {
				return &problem.Problem{What: "the log can't be shown", Cause: err, Todo: "check the credentials, and that the stack is deployed: make up STACK=" + flags.stack}
			}
			return nil
		},
	}
	flags.register(command, setting{flag: "log-group", variable: "SLIPWAY_LOG_GROUP", output: "logGroup", about: "log group", into: &args.Group})
	command.Flags().DurationVar(&args.Since, "since", 10*time.Minute, "how far back")
	command.Flags().StringVar(&args.Filter, "filter", "", "CloudWatch filter pattern (default: every line)")
	command.Flags().BoolVar(&args.Follow, "follow", false, "go on until Ctrl-C")
	return command
}
