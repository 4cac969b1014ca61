// Package logs creates CloudWatch log groups by one rule: every group has a
// retention and a key.
//
// It refuses retentions that CloudWatch does not offer. A log group is a single
// resource, so there is no component round it: it takes the caller's parent.
package logs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// DefaultRetentionDays is how long logs are kept when Args says nothing.
const DefaultRetentionDays = 30

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Args describe a log group. The zero value is valid.
type Args struct {
	// Name is the name of the log group. Default: Pulumi makes one from the
	// resource's name.
	Name pulumi.StringInput
	// RetentionDays is how long logs are kept, one of CloudWatch's values.
	// Default: 30.
	RetentionDays int
	// KeyARN is the KMS key that encrypts the logs; its policy must admit
	// CloudWatch Logs, see key.Logs. Default: CloudWatch's own encryption.
	KeyARN pulumi.StringInput
}

// ValidRetention reports whether CloudWatch Logs can keep logs for so many days.
// 0 stands for the default.
func ValidRetention(days int) error {
	if days != 0 && !slices.Contains(retentionDays, days) {
		return fmt.Errorf("%d days must be one of %v", days, retentionDays)
	}
	return nil
}

// NewGroup creates a log group.
func NewGroup(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*cloudwatch.LogGroup, error) {
	if err := ValidRetention(args.RetentionDays); err != nil {
		return nil, fmt.Errorf("logs.RetentionDays: %w", err)
	}
	inputs := &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(cmp.Or(args.RetentionDays, DefaultRetentionDays)),
	}
	if args.Name != nil {
		inputs.Name = args.Name.ToStringOutput()
	}
	if args.KeyARN != nil {
		inputs.KmsKeyId = args.KeyARN.ToStringOutput()
	}
	group, err := cloudwatch.NewLogGroup(ctx, name, inputs, opts...)
	if err != nil {
		return nil, fmt.Errorf("create log group %s: %w", name, err)
	}
	return group, nil
}

// Write is what a role needs to add to a group's streams.
func Write(group *cloudwatch.LogGroup) policy.Statement {
	return policy.Statement{
		Sid:       "WriteLogs",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", group.Arn)},
	}
}
