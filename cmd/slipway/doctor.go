package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/doctor"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/internal/problem"
)

// doctorCommand looks at the account before a stack is deployed to it.
func doctorCommand(t terminal) *cobra.Command {
	var stack, dir string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "What the AWS account lacks for an environment",
		Long: `Looks for what an environment needs before it can be deployed: credentials that
AWS accepts, the bucket of the state, the key of its secrets, the hosted zone. It
only reads. make doctor looks at the machine too.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := environment.Enter(dir); err != nil {
				return err
			}
			configuration, err := environment.Read(stack)
			if err != nil {
				return err
			}
			settings, err := environment.Account(".", stack)
			if err != nil {
				return err
			}
			account, err := settings.Load(command.Context())
			if err != nil {
				return notLoggedIn(err)
			}
			// Pulumi reads the state with the environment's credentials, whatever the stack's are.
			address := os.Getenv("PULUMI_BACKEND_URL")
			state, err := backend.Load(command.Context(), address)
			if err != nil {
				return notLoggedIn(err)
			}
			missing, err := doctor.Write(t.out, doctor.Examine(command.Context(), doctor.AWS{
				STS:     sts.NewFromConfig(account),
				S3:      backend.Client(address, state),
				KMS:     kms.NewFromConfig(state),
				Route53: route53.NewFromConfig(account),
			}, doctor.Wanted{
				Backend:         address,
				SecretsProvider: os.Getenv("PULUMI_SECRETS_PROVIDER"),
				HostedZone:      configuration.Value("hostedZone"),
			}))
			if err == nil && missing > 0 {
				return problem.Exit(1)
			}
			return err
		},
	}
	command.Flags().StringVar(&stack, "stack", "staging", "environment to look at")
	command.Flags().StringVar(&dir, "dir", "", "directory of Pulumi.yaml (default: the nearest above)")
	return command
}
