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

// reported are the categories of an instance's events of which every one counts,
// and singled the events that count among others that tell of what a deploy, the
// weekly rotation of the password or the nightly backup did.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html#USER_Events.Messages.instance
var (
	reported = []string{
		"availability", "deletion", "failover", "failure", "low storage", "maintenance", "read replica", "recovery", "security patching",
	}
	singled = []string{
		"RDS-EVENT-0028", // automated backups were disabled
		"RDS-EVENT-0067", // the password could not be reset
		"RDS-EVENT-0217", // storage is growing by itself
		"RDS-EVENT-0044", // a message of RDS's operators
		"RDS-EVENT-0087", // stopped
		"RDS-EVENT-0154", // started, since it was stopped for longer than AWS allows
		"RDS-EVENT-0158", // can't be upgraded
		"RDS-EVENT-0225", // storage nears the most that it may grow to
		"RDS-EVENT-0231", // a change of the storage failed, and is tried again
		"RDS-EVENT-0327", // the secret with the password is not found
		"RDS-EVENT-0404", // memory ran critically low
	}
)

// reportDatabaseEvents tells what RDS did to the database or what befell it, and
// that somebody changed its parameters. EventBridge has the same events as an event
// subscription of RDS, and needs no further publisher. A database is known by its
// ARN: in AWS's own examples the identifier is now "ID", now "rds:ID".
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
func (o *Observability) reportDatabaseEvents(ctx *pulumi.Context) error {
	if o.args.DatabaseID == nil {
		return nil
	}
	arn := func(kind string, name pulumi.StringInput) pulumi.StringOutput {
		return pulumi.Sprintf("%s:%s", o.account.ARN("rds", kind), name)
	}
	resources := pulumi.Array{arn("db", o.args.DatabaseID)}
	for _, id := range o.args.ReplicaIDs {
		resources = append(resources, arn("db", id))
	}
	types := []string{"RDS DB Instance Event"}
	some := pulumi.Array{
		pulumi.Map{"EventCategories": pulumi.ToStringArray(reported)},
		pulumi.Map{"EventID": pulumi.ToStringArray(singled)},
	}
	if o.args.DatabaseParameterGroup != nil {
		group := arn("pg", o.args.DatabaseParameterGroup)
		resources, types = append(resources, group), append(types, "RDS DB Parameter Group Event")
		some = append(some, pulumi.Map{"SourceArn": pulumi.Array{group}})
	}
	return o.report(ctx, event{
		name:        "database-event",
		description: "Something happened to the database",
		pattern: pulumi.Map{
			"source":      pulumi.ToStringArray([]string{"aws.rds"}),
			"detail-type": pulumi.ToStringArray(types),
			"resources":   resources,
			"detail":      pulumi.Map{"$or": some},
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
