package adminhost

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createInterface makes what a NAT keeps when its host is replaced: the network
// interface, which passes on what is addressed to others, and its public address.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html
func (h *Host) createInterface(ctx *pulumi.Context) (err error) {
	h.PublicIP, h.InterfaceID = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	if h.args.NAT == nil {
		return nil
	}
	name := pulumi.StringMap{"Name": pulumi.String(h.name)}
	h.nic, err = ec2.NewNetworkInterface(ctx, h.name, &ec2.NetworkInterfaceArgs{
		SubnetId:        h.args.NAT.SubnetID,
		SecurityGroups:  pulumi.StringArray{h.SecurityGroupID},
		SourceDestCheck: pulumi.Bool(false),
		Description:     pulumi.Sprintf("NAT: stays when %s is replaced", h.name),
		Tags:            name,
	}, h.child())
	if err != nil {
		return fmt.Errorf("create network interface: %w", err)
	}
	address, err := ec2.NewEip(ctx, h.name, &ec2.EipArgs{
		Domain:           pulumi.String("vpc"),
		NetworkInterface: h.nic.ID(),
		Tags:             name,
	}, h.child())
	if err != nil {
		return fmt.Errorf("create public address: %w", err)
	}
	h.PublicIP, h.InterfaceID = address.PublicIp, h.nic.ID().ToStringOutput()
	h.before = append(h.before, address)
	return nil
}
