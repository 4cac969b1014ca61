package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// recordTraffic logs what the VPC accepts and rejects (AWS FSBP EC2.6).
func (n *Network) recordTraffic(ctx *pulumi.Context) error {
	name := n.name + "-flow"
	group, err := logs.NewGroup(ctx, name, logs.Args{
		RetentionDays: n.args.FlowLogDays,
		KeyARN:        n.args.KeyARN,
	}, n.child())
	if err != nil {
		return err
	}
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
	write := logs.Write(group)
	write.Actions = append(write.Actions, "logs:DescribeLogStreams")
	// The same page: the source is the flow log, whose ID is not known before.
	trust := policy.Trust{Service: "vpc-flow-logs.amazonaws.com", Account: n.account, Source: n.account.ARN("ec2", "vpc-flow-log/*")}
	role, attached, err := policy.NewRole(ctx, name, trust, []policy.Statement{write}, n.child())
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(ctx, name, &ec2.FlowLogArgs{
		VpcId:          n.VPCID,
		TrafficType:    pulumi.String("ALL"),
		LogDestination: group.Arn,
		IamRoleArn:     role.Arn,
	}, n.child(), pulumi.DependsOn(attached))
	if err != nil {
		return fmt.Errorf("create flow log: %w", err)
	}
	return nil
}
