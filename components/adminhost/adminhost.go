package adminhost

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Host in Pulumi's state.
const TypeToken = "slipway:adminhost:Host"

// Host is one admin host.
type Host struct {
	pulumi.ResourceState

	// SecurityGroupID is the security group of the host.
	SecurityGroupID pulumi.StringOutput
	// GroupName is the name of the Auto Scaling group.
	GroupName pulumi.StringOutput
	// SessionDocument is the name of the SSM document that sessions run through.
	SessionDocument pulumi.StringOutput
	// LogGroup is the name of the log group that holds the record of the sessions.
	LogGroup pulumi.StringOutput
	// ConnectCommand is the AWS CLI command that opens a shell on the host. It
	// needs the CLI's Session Manager plugin.
	ConnectCommand pulumi.StringOutput
	// PublicIP is the address from which private subnets reach the internet; it
	// stays when the host is replaced. Empty without NAT.
	PublicIP pulumi.StringOutput
	// InterfaceID is the network interface that private subnets' default routes
	// lead to; it stays too. Empty without NAT.
	InterfaceID pulumi.StringOutput

	name     string
	args     *Args
	tags     map[string]string
	account  *policy.Account
	logs     *cloudwatch.LogGroup
	profile  *iam.InstanceProfile
	nic      *ec2.NetworkInterface
	template *ec2.LaunchTemplate
	userData string
	group    *autoscaling.Group
	// before holds what the host needs to start that its template does not name.
	before []pulumi.Resource
}

// New builds a host. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Host, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	h := &Host{name: name, args: args.withDefaults(), tags: map[string]string{"Name": name}}
	maps.Copy(h.tags, args.Tags)
	var err error
	if h.userData, err = userData(h.args.NAT); err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResource(TypeToken, name, h, opts...); err != nil {
		return nil, fmt.Errorf("register admin host %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		h.lookUpAccount,
		h.createLogGroup,
		h.createSessionDocument,
		h.createRole,
		h.createSecurityGroup,
		h.createInterface,
		h.createTemplate,
		h.createGroup,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{
		"groupName":       h.GroupName,
		"sessionDocument": h.SessionDocument,
		"logGroup":        h.LogGroup,
		"connectCommand":  h.ConnectCommand,
		"publicIp":        h.PublicIP,
	})
}

// Group is the Auto Scaling group, whose host is there once it is.
func (h *Host) Group() pulumi.Resource { return h.group }

func (h *Host) child() pulumi.ResourceOption { return pulumi.Parent(h) }

func (h *Host) lookUpAccount(ctx *pulumi.Context) (err error) {
	h.account, err = policy.LookupAccount(ctx, pulumi.Parent(h))
	return err
}

func (h *Host) createLogGroup(ctx *pulumi.Context) (err error) {
	h.logs, err = logs.NewGroup(ctx, h.name, logs.Args{
		RetentionDays: h.args.LogRetentionDays,
		KeyARN:        h.args.KeyARN,
	}, h.child())
	if err != nil {
		return err
	}
	h.LogGroup = h.logs.Name
	return nil
}
