package observability

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// event is something that AWS reports once, to be passed on as a sentence.
type event struct {
	// name ends the rule's name and is the event's section in the runbook.
	name, description string
	pattern           pulumi.Map
	// message holds <fields>, which are taken from the event's paths:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
	message string
	fields  map[string]string
}

// reportDeployments tells when a rollout of the app or of a worker failed. ECS
// goes back to the version before, and nothing else says that the new one does
// not run.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
func (o *Observability) reportDeployments(ctx *pulumi.Context) error {
	if o.args.ServiceName == nil {
		return nil
	}
	services := pulumi.Array{o.serviceARN(o.args.ServiceName)}
	for _, worker := range o.workers() {
		services = append(services, o.serviceARN(o.args.WorkerServices[worker]))
	}
	return o.report(ctx, event{
		name:        "deployment",
		description: "A deployment failed",
		pattern: pulumi.Map{
			"source":      pulumi.ToStringArray([]string{"aws.ecs"}),
			"detail-type": pulumi.ToStringArray([]string{"ECS Deployment State Change"}),
			"resources":   services,
			"detail":      pulumi.Map{"eventName": pulumi.ToStringArray([]string{"SERVICE_DEPLOYMENT_FAILED"})},
		},
		message: "[page] A deployment failed and is rolled back: <reason> (<service>, <time>). " +
			"First: read why the new tasks stopped, in the service's events and in their log.",
		fields: map[string]string{"reason": "$.detail.reason", "service": "$.resources[0]", "time": "$.time"},
	})
}

func (o *Observability) serviceARN(service pulumi.StringInput) pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s/%s", o.account.ARN("ecs", "service"), o.args.ClusterName, service)
}

// reportDatabaseEvents tells what RDS did to the database or what befell it.
// EventBridge has the same events as an event subscription of RDS, and needs no
// further publisher.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
func (o *Observability) reportDatabaseEvents(ctx *pulumi.Context) error {
	if o.args.DatabaseID == nil {
		return nil
	}
	ids := pulumi.Array{o.args.DatabaseID}
	for _, id := range o.args.ReplicaIDs {
		ids = append(ids, id)
	}
	return o.report(ctx, event{
		name:        "database-event",
		description: "Something happened to the database",
		pattern: pulumi.Map{
			"source":      pulumi.ToStringArray([]string{"aws.rds"}),
			"detail-type": pulumi.ToStringArray([]string{"RDS DB Instance Event"}),
			"detail": pulumi.Map{
				"SourceIdentifier": ids,
				"EventCategories": pulumi.ToStringArray([]string{
					"deletion", "failover", "failure", "low storage", "maintenance", "read replica", "recovery",
				}),
			},
		},
		message: "[ticket] RDS says of <database>: <message> (<time>). " +
			"First: see on the dashboard whether requests fail; a failover takes one to two minutes.",
		fields: map[string]string{"database": "$.detail.SourceIdentifier", "message": "$.detail.Message", "time": "$.time"},
	})
}

func (o *Observability) report(ctx *pulumi.Context, e event) error {
	rule, err := cloudwatch.NewEventRule(ctx, o.name+"-"+e.name, &cloudwatch.EventRuleArgs{
		Description:  pulumi.String(e.description),
		EventPattern: pulumi.JSONMarshal(e.pattern),
	}, o.child())
	if err != nil {
		return fmt.Errorf("create rule for %s: %w", e.name, err)
	}
	message := e.message
	if link := o.runbook(e.name); link != "" {
		message += " Runbook: " + link
	}
	_, err = cloudwatch.NewEventTarget(ctx, o.name+"-"+e.name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  o.TopicARN,
		InputTransformer: &cloudwatch.EventTargetInputTransformerArgs{
			InputPaths:    pulumi.ToStringMap(e.fields),
			InputTemplate: pulumi.String(strconv.Quote(message)),
		},
	}, o.child())
	if err != nil {
		return fmt.Errorf("report %s: %w", e.name, err)
	}
	return nil
}
