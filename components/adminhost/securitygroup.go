package adminhost

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = "0.0.0.0/0"

// createSecurityGroup admits nothing and lets the host out to AWS, over HTTPS,
// and to Ubuntu's package mirrors, over HTTP: so its images are set, and packages
// are signed. DNS and time come from addresses that security groups do not
// filter. Peers add rules of their own, and so does NAT.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
func (h *Host) createSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, h.name, &ec2.SecurityGroupArgs{
		VpcId:       h.args.VPCID,
		Description: pulumi.String("Admin host: admits nothing from outside the VPC"),
	}, h.child())
	if err != nil {
		return fmt.Errorf("create host security group: %w", err)
	}
	h.SecurityGroupID = group.ID().ToStringOutput()
	outbound := map[int]string{443: "HTTPS to AWS", 80: "Ubuntu package mirrors"}
	if nat := h.args.NAT; nat != nil {
		for _, port := range nat.Ports {
			if err := h.admit(ctx, port, nat.CIDR); err != nil {
				return err
			}
			if _, own := outbound[port]; !own {
				outbound[port] = "For the private subnets"
			}
		}
	}
	for _, port := range sortedKeys(outbound) {
		if err := h.letOut(ctx, port, outbound[port]); err != nil {
			return err
		}
	}
	for _, peer := range h.args.Peers {
		rules, err := peer.AllowFrom(ctx, h.name, h.SecurityGroupID)
		if err != nil {
			return err
		}
		h.before = append(h.before, rules...)
	}
	return nil
}

func (h *Host) admit(ctx *pulumi.Context, port int, cidr string) error {
	rule, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-nat-%d", h.name, port), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: h.SecurityGroupID,
		CidrIpv4:        pulumi.String(cidr),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
		Description:     pulumi.String("Private subnets on their way out"),
	}, h.child())
	if err != nil {
		return fmt.Errorf("admit the private subnets on port %d: %w", port, err)
	}
	h.before = append(h.before, rule)
	return nil
}

func (h *Host) letOut(ctx *pulumi.Context, port int, description string) error {
	rule, err := vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-out-%d", h.name, port), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: h.SecurityGroupID,
		CidrIpv4:        pulumi.String(anywhere),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
		Description:     pulumi.String(description),
	}, h.child())
	if err != nil {
		return fmt.Errorf("let the host out on port %d: %w", port, err)
	}
	h.before = append(h.before, rule)
	return nil
}
