package firewall

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// logGroupPrefix is how AWS WAF wants the names of its log groups to begin.
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
const logGroupPrefix = "aws-waf-logs-"

// redacted headers hold credentials.
var redacted = []string{"authorization", "cookie"}

// record logs what a rule refused or counted.
func (f *Firewall) record(ctx *pulumi.Context) error {
	group, err := logs.NewGroup(ctx, f.Name, logs.Args{
		Name:          pulumi.String(f.LogGroup),
		RetentionDays: f.args.LogRetentionDays,
		KeyARN:        f.args.KeyARN,
	}, f.child())
	if err != nil {
		return err
	}
	delivery, err := f.admitDelivery(ctx, group)
	if err != nil {
		return err
	}
	_, err = wafv2.NewWebAclLoggingConfiguration(ctx, f.Name, &wafv2.WebAclLoggingConfigurationArgs{
		ResourceArn:           f.ARN,
		LogDestinationConfigs: pulumi.StringArray{group.Arn},
		LoggingFilter: &wafv2.WebAclLoggingConfigurationLoggingFilterArgs{
			DefaultBehavior: pulumi.String("DROP"),
			Filters: wafv2.WebAclLoggingConfigurationLoggingFilterFilterArray{&wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs{
				Behavior:    pulumi.String("KEEP"),
				Requirement: pulumi.String("MEETS_ANY"),
				Conditions: wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArray{
					action("BLOCK"), action("COUNT"),
				},
			}},
		},
		RedactedFields: redactedFields(),
	}, f.child(), pulumi.DependsOn([]pulumi.Resource{delivery}))
	if err != nil {
		return fmt.Errorf("log requests: %w", err)
	}
	return nil
}

// admitDelivery lets AWS deliver into the one log group. AWS would write such a
// policy by itself, which nothing would remove again. An account has room for 10
// in a region.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
func (f *Firewall) admitDelivery(ctx *pulumi.Context, group *cloudwatch.LogGroup) (*cloudwatch.LogResourcePolicy, error) {
	account, err := policy.LookupAccount(ctx, pulumi.Parent(f))
	if err != nil {
		return nil, err
	}
	admitted, err := cloudwatch.NewLogResourcePolicy(ctx, f.Name, &cloudwatch.LogResourcePolicyArgs{
		PolicyName: pulumi.String(f.LogGroup),
		PolicyDocument: policy.Document(policy.Statement{
			Sid:       "DeliverFirewallLog",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Services:  []string{"delivery.logs.amazonaws.com"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:log-stream:*", group.Arn)},
			Conditions: map[string]map[string]pulumi.StringInput{
				"StringEquals": {"aws:SourceAccount": pulumi.String(account.ID)},
				"ArnLike":      {"aws:SourceArn": account.ARN("logs", "*")},
			},
		}),
	}, f.child())
	if err != nil {
		return nil, fmt.Errorf("admit log delivery: %w", err)
	}
	return admitted, nil
}

func action(name string) *wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs {
	return &wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs{
		ActionCondition: &wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs{Action: pulumi.String(name)},
	}
}

func redactedFields() wafv2.WebAclLoggingConfigurationRedactedFieldArray {
	fields := make(wafv2.WebAclLoggingConfigurationRedactedFieldArray, 0, len(redacted))
	for _, header := range redacted {
		fields = append(fields, &wafv2.WebAclLoggingConfigurationRedactedFieldArgs{
			SingleHeader: &wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs{Name: pulumi.String(header)},
		})
	}
	return fields
}
