package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

func (o *Observability) createTopic(ctx *pulumi.Context) (err error) {
	o.topic, err = sns.NewTopic(ctx, o.name, &sns.TopicArgs{
		// Mails come from this name.
		DisplayName:    pulumi.String(o.name),
		KmsMasterKeyId: o.args.KeyARN.ToStringOutput(),
	}, o.child())
	if err != nil {
		return fmt.Errorf("create topic: %w", err)
	}
	return nil
}

// restrictTopic names the publishers. Whoever publishes waits for it.
func (o *Observability) restrictTopic(ctx *pulumi.Context) error {
	attached, err := sns.NewTopicPolicy(ctx, o.name, &sns.TopicPolicyArgs{
		Arn:    o.topic.Arn,
		Policy: policy.Document(o.publishers()...),
	}, o.child())
	if err != nil {
		return fmt.Errorf("create topic policy: %w", err)
	}
	o.TopicARN = attached.Arn
	return nil
}

// publishers are the statements of the topic's policy. Without the default one
// of SNS nobody else publishes but who has the right from the account's IAM.
func (o *Observability) publishers() []policy.Statement {
	topic := []pulumi.StringInput{o.topic.Arn}
	publish := []string{"sns:Publish"}
	from := func(source pulumi.String) map[string]map[string]pulumi.StringInput {
		return map[string]map[string]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": pulumi.String(o.account.ID)},
			"ArnLike":      {"aws:SourceArn": source},
		}
	}
	statements := []policy.Statement{{
		// https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
		Sid:       "DenyWithoutTLS",
		Deny:      true,
		Actions:   publish,
		AWS:       []pulumi.StringInput{pulumi.String("*")},
		Resources: topic,
		Conditions: map[string]map[string]pulumi.StringInput{
			"Bool": {"aws:SecureTransport": pulumi.String("false")},
		},
	}, {
		// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
		Sid:        "Alarms",
		Actions:    publish,
		Services:   []string{"cloudwatch.amazonaws.com"},
		Resources:  topic,
		Conditions: from(o.account.ARN("cloudwatch", "alarm:"+o.name+"-*")),
	}}
	if o.args.ServiceName != nil || o.args.DatabaseID != nil {
		statements = append(statements, policy.Statement{
			// Without conditions: EventBridge sends SNS nothing that they could be
			// checked against, and its messages would be dropped in silence.
			// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
			// A rule of another account needs a role of that account, which this
			// statement does not admit:
			// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
			Sid:       "Events",
			Actions:   publish,
			Services:  []string{"events.amazonaws.com"},
			Resources: topic,
		})
	}
	if o.args.MonthlyBudgetUSD > 0 {
		statements = append(statements, policy.Statement{
			// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
			Sid:        "Budget",
			Actions:    publish,
			Services:   []string{"budgets.amazonaws.com"},
			Resources:  topic,
			Conditions: from(o.account.GlobalARN("budgets", "*")),
		})
	}
	return statements
}

func (o *Observability) subscribe(ctx *pulumi.Context) error {
	for _, email := range o.args.Emails {
		_, err := sns.NewTopicSubscription(ctx, o.name+"-"+email, &sns.TopicSubscriptionArgs{
			Topic:    o.TopicARN,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, o.child())
		if err != nil {
			return fmt.Errorf("subscribe %s: %w", email, err)
		}
	}
	return nil
}
