package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// recordTraffic logs what the VPC accepts and rejects (AWS FSBP EC2.6).
func (n *Network) recordTraffic(ctx *pulumi.Context) error {
	name := n.name + "-flow"
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(n.args.flowLogDays()),
	}, n.child())
	if err != nil {
		return fmt.Errorf("create flow log group: %w", err)
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: policy.AssumeRole("vpc-flow-logs.amazonaws.com"),
	}, n.child())
	if err != nil {
		return fmt.Errorf("create flow log role: %w", err)
	}
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
	write, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: policy.Document(policy.Statement{
			Sid:       "WriteFlowLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", logs.Arn)},
		}),
	}, n.child())
	if err != nil {
		return fmt.Errorf("create flow log policy: %w", err)
	}
	_, err = ec2.NewFlowLog(ctx, name, &ec2.FlowLogArgs{
		VpcId:          n.VPCID,
		TrafficType:    pulumi.String("ALL"),
		LogDestination: logs.Arn,
		IamRoleArn:     role.Arn,
	}, n.child(), pulumi.DependsOn([]pulumi.Resource{write}))
	if err != nil {
		return fmt.Errorf("create flow log: %w", err)
	}
	return nil
}
