package firewall

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of a Firewall in Pulumi's state.
const TypeToken = "slipway:firewall:Firewall"

// Firewall is a web ACL in front of a load balancer.
type Firewall struct {
	pulumi.ResourceState

	// ARN is the web ACL's ARN.
	ARN pulumi.StringOutput
	// Name is the web ACL's name, by which metrics know it as well.
	Name string
	// LogGroup is the name of the log group.
	LogGroup string

	args *Args
}

// New builds a firewall. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Firewall, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	f := &Firewall{Name: name, LogGroup: logGroupPrefix + name, args: args.withDefaults()}
	if err := ctx.RegisterComponentResource(TypeToken, name, f, opts...); err != nil {
		return nil, fmt.Errorf("register firewall %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		f.createWebACL,
		f.record,
		f.protect,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{
		"arn":      f.ARN,
		"name":     pulumi.String(f.Name),
		"logGroup": pulumi.String(f.LogGroup),
	})
}

func (f *Firewall) child() pulumi.ResourceOption { return pulumi.Parent(f) }

// createWebACL gives the web ACL the name of its metrics.
func (f *Firewall) createWebACL(ctx *pulumi.Context) error {
	acl, err := wafv2.NewWebAcl(ctx, f.Name, &wafv2.WebAclArgs{
		Name:          pulumi.String(f.Name),
		Scope:         pulumi.String("REGIONAL"),
		DefaultAction: &wafv2.WebAclDefaultActionArgs{Allow: &wafv2.WebAclDefaultActionAllowArgs{}},
		Rules:         f.rules(),
		VisibilityConfig: &wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true),
			MetricName:               pulumi.String(f.Name),
			SampledRequestsEnabled:   pulumi.Bool(sampled),
		},
	}, f.child())
	if err != nil {
		return fmt.Errorf("create web ACL: %w", err)
	}
	f.ARN = acl.Arn
	return nil
}

func (f *Firewall) protect(ctx *pulumi.Context) error {
	_, err := wafv2.NewWebAclAssociation(ctx, f.Name, &wafv2.WebAclAssociationArgs{
		ResourceArn: f.args.LoadBalancerARN,
		WebAclArn:   f.ARN,
	}, f.child())
	if err != nil {
		return fmt.Errorf("protect load balancer: %w", err)
	}
	return nil
}
