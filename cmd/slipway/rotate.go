package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/secretkey"
	"gitlab.com/slipway/slipway/internal/problem"
)

// rotateCommand rotates the key that the app signs with.
func rotateCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var args secretkey.Args
	var hours string
	command := &cobra.Command{
		Use:   "rotate-secret-key --stack STACK --outputs FILE",
		Short: "Rotate the key that the app signs with, and end no session",
		Long: `Rotates SECRET_KEY in three steps: a new key that is accepted, then signs, then is
the only one. After each step all tasks are started anew, as in a deploy. Before the
last one it has to wait until nothing lives that the old key has signed: it then
says when to run it again, and exits with 0.

Run again, it goes on from wherever the rotation is, also after an interruption. No
value is read or shown.`,
		Example: `  slipway rotate-secret-key --stack staging --outputs outputs.json
  slipway rotate-secret-key --stack prod --outputs outputs.json --older-than 2160h`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := interruptible(command.Context())
			defer stop()
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return err
			}
			count, err := strconv.Atoi(hours)
			if err != nil || count < 0 {
				return &problem.Problem{What: "--signature-hours must be a number of hours such as 12"}
			}
			args.Life = time.Duration(count) * time.Hour
			configuration, err := flags.aws(ctx)
			if err != nil {
				return err
			}
			rotator := secretkey.Rotator{
				Secrets: secretsmanager.NewFromConfig(configuration), ECS: ecs.NewFromConfig(configuration),
				Say: func(line string) { fmt.Fprintln(t.errs, line) },
			}
			return rotator.Run(ctx, args)
		},
	}
	flags.register(command,
		setting{flag: "cluster", variable: "SLIPWAY_CLUSTER", output: "clusterName", about: "ECS cluster", into: &args.Cluster},
		setting{flag: "secret", variable: "SLIPWAY_SECRET_KEY", output: "secretKeyArn", about: "ARN of the secret with the key", into: &args.Secret},
		setting{flag: "signature-hours", variable: "SLIPWAY_SIGNATURE_HOURS", output: "signatureHours", about: "for how long the app accepts what it has signed", into: &hours},
	)
	command.Flags().BoolVar(&args.AtOnce, "at-once", false, "make a new key the only one at once, and end all sessions: for a key that leaked")
	command.Flags().DurationVar(&args.OlderThan, "older-than", 0, "rotate only a key that has not changed for so long (default: any)")
	return command
}
