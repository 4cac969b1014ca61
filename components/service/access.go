package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createSecurityGroup admits the load balancer and lets tasks out over HTTPS
// only: to AWS and to the image registry. Whatever else a task may reach adds
// its own rule.
func (s *Service) createSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, s.name, &ec2.SecurityGroupArgs{
		VpcId:       s.args.VPCID,
		Description: pulumi.String("Tasks: admits the load balancer only"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create task security group: %w", err)
	}
	s.SecurityGroupID = group.ID().ToStringOutput()
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, s.name+"-from-edge", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           s.SecurityGroupID,
		ReferencedSecurityGroupId: s.args.LoadBalancerSecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(s.args.Port),
		ToPort:                    pulumi.Int(s.args.Port),
		Description:               pulumi.String("Requests from the load balancer"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("admit the load balancer: %w", err)
	}
	toTasks, err := vpc.NewSecurityGroupEgressRule(ctx, s.name+"-from-edge-out", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           s.args.LoadBalancerSecurityGroupID,
		ReferencedSecurityGroupId: s.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(s.args.Port),
		ToPort:                    pulumi.Int(s.args.Port),
		Description:               pulumi.String("Requests to the tasks"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("let the load balancer reach the tasks: %w", err)
	}
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, s.name+"-https-out", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: s.SecurityGroupID,
		CidrIpv4:        pulumi.String("0.0.0.0/0"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
		Description:     pulumi.String("HTTPS to AWS"),
	}, s.child())
	if err != nil {
		return fmt.Errorf("let tasks reach AWS: %w", err)
	}
	s.before = append(s.before, inbound, toTasks, outbound)
	for _, peer := range s.args.Peers {
		rules, err := peer.AllowFrom(ctx, s.name, s.SecurityGroupID)
		if err != nil {
			return err
		}
		s.before = append(s.before, rules...)
	}
	return nil
}
