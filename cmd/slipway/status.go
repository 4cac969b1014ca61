package main

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/cost"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/cmd/slipway/prices"
	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
	"gitlab.com/slipway/slipway/cmd/slipway/status"
	"gitlab.com/slipway/slipway/internal/problem"
)

// statusCommand tells how a deployed stack is.
func statusCommand(t terminal) *cobra.Command {
	var flags stackFlags
	var stack status.Stack
	var table string
	var asJSON, check bool
	command := &cobra.Command{
		Use:   "status --stack STACK --outputs FILE",
		Short: "What runs in a stack, and whether it is well",
		Long: `One screen about a deployed stack: the version that serves, tasks and targets, the
last rollout, the database, alarms that are on, the cost at rest, who holds the
lock. It only reads.`,
		Example: "  slipway status --stack staging --outputs outputs.json",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := flags.resolve(command.Flags(), t.in); err != nil {
				return err
			}
			configuration, err := flags.aws(command.Context())
			if err != nil {
				return err
			}
			project, err := projectName()
			if err != nil {
				return err
			}
			stack.Name, stack.Lease = flags.stack, project+"/"+flags.stack
			stack.Database, _, _ = strings.Cut(stack.Database, ":")
			report, err := status.Read(command.Context(), status.AWS{
				ECS:       ecs.NewFromConfig(configuration),
				ELB:       elb.NewFromConfig(configuration),
				Alarms:    cloudwatch.NewFromConfig(configuration),
				Databases: rds.NewFromConfig(configuration),
				Leases:    &lease.Table{Client: dynamodb.NewFromConfig(configuration), Name: tableOf(project, table)},
			}, stack)
			if err != nil {
				return &problem.Problem{What: "the status of stack " + flags.stack + " can't be read", Cause: err, Todo: "check the credentials, and that the stack is deployed: make up STACK=" + flags.stack}
			}
			report.Monthly = monthly(flags.stack)
			if asJSON {
				err = t.json(report)
			} else {
				err = report.Write(t.out, time.Now())
			}
			if err == nil && check && len(report.Wrong) > 0 {
				return problem.Exit(1)
			}
			return err
		},
	}
	flags.register(command,
		setting{flag: "cluster", variable: "SLIPWAY_CLUSTER", output: "clusterName", about: "ECS cluster", into: &stack.Cluster},
		setting{flag: "service", variable: "SLIPWAY_SERVICE", output: "serviceName", about: "ECS service of the app", into: &stack.App},
		setting{flag: "url", variable: "SLIPWAY_URL", output: "url", about: "where the app answers", into: &stack.URL},
		setting{flag: "app-version", variable: "SLIPWAY_VERSION", output: "version", about: "version of the last deploy", into: &stack.Version},
		setting{flag: "alarm-topic", variable: "SLIPWAY_ALARM_TOPIC", output: "alarmTopic", about: "ARN of the topic that alarms notify", into: &stack.AlarmTopic},
		setting{flag: "database", variable: "SLIPWAY_DATABASE", output: "databaseEndpoint", about: "database's host name", into: &stack.Database},
	)
	leaseTable(command, &table)
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().BoolVar(&check, "check", false, "exit with 1 when something needs a look")
	return command
}

// monthly is what the stack costs a month at rest, 0 where its files are not at
// hand: a status is worth having without it.
func monthly(stack string) float64 {
	list, err := pricing.ReadList(prices.USEast1)
	if err != nil {
		return 0
	}
	configuration, err := environment.Read(stack)
	if err != nil {
		return 0
	}
	report, err := cost.Pricer{List: list, Register: environment.Resources}.Price(stack, configuration)
	if err != nil {
		return 0
	}
	return report.Total
}
