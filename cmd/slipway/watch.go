package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/watch"
	"gitlab.com/slipway/slipway/internal/problem"
)

// watchCommand looks at the alarms after a deploy.
func watchCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args watch.Args
	var since string
	command := &cobra.Command{
		Use:   "watch --stack STACK --outputs FILE",
		Short: "Watch the stack's alarms after a deploy, and fail when one goes off",
		Long: `Looks at the stack's CloudWatch alarms every 15 seconds for a while, and exits with
1 as soon as one goes off. An alarm that was on before the deploy began is named
and excused.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			if args.For <= 0 {
				return &problem.Problem{What: "--for must be above 0, such as 10m"}
			}
			if since != "" {
				begun, err := time.Parse(time.RFC3339, since)
				if err != nil {
					return &problem.Problem{What: "--since must be a time such as 2026-11-23T10:00:00Z", Cause: err}
				}
				args.Since = begun
			}
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return err
			}
			configuration, err := flags.aws(ctx)
			if err != nil {
				return err
			}
			return watch.New(cloudwatch.NewFromConfig(configuration), t.errs).Watch(ctx, args)
		},
	}
	command.Flags().DurationVar(&args.For, "for", 10*time.Minute, "how long to watch")
	command.Flags().StringVar(&since, "since", "", "when the deploy began, such as CI_PIPELINE_CREATED_AT (default: no alarm is excused)")
	flags.register(command,
		setting{flag: "topic", variable: "SLIPWAY_ALARM_TOPIC", output: "alarmTopic", about: "SNS topic that the alarms tell", into: &args.Topic},
		setting{flag: "alarms-url", variable: "SLIPWAY_ALARMS_URL", output: "alarmsUrl", about: "where people look at the alarms", optional: true, into: &args.AlarmsURL},
	)
	return command
}
