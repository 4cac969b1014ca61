package network

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Place is where the resources of an environment go: a VPC and its subnets.
type Place struct {
	// VPCID is the ID of the VPC.
	VPCID pulumi.StringOutput
	// PublicSubnetIDs route to the internet gateway, one per zone, in the order
	// of Args.Zones.
	PublicSubnetIDs pulumi.StringArray
	// PrivateSubnetIDs route to the NAT, if there is one, one per zone.
	PrivateSubnetIDs pulumi.StringArray
	// IsolatedSubnetIDs route inside the VPC only, one per zone.
	IsolatedSubnetIDs pulumi.StringArray
}

// The parts of a Place as a stack exports it.
const (
	vpcPart      = "vpcId"
	publicPart   = "publicSubnetIds"
	privatePart  = "privateSubnetIds"
	isolatedPart = "isolatedSubnetIds"
)

// Export is a Place as the output of a stack, which Shared reads.
func (p Place) Export() pulumi.Map {
	return pulumi.Map{
		vpcPart:      p.VPCID,
		publicPart:   p.PublicSubnetIDs,
		privatePart:  p.PrivateSubnetIDs,
		isolatedPart: p.IsolatedSubnetIDs,
	}
}

// SharedArgs say whose network is shared.
type SharedArgs struct {
	// Stack is the full name of the stack that the network belongs to, such as
	// "organization/slipway/staging". Required.
	Stack string
	// Output is the name of that stack's output with its Place. Required.
	Output string
	// Zones is in how many of the network's zones to be, at least two. Required.
	Zones int
}

// Validate reports every problem at once, each with the field's path.
func (a *SharedArgs) Validate() error {
	if a == nil {
		return errors.New("network: args of a shared network are required")
	}
	var problems []error
	if a.Stack == "" {
		problems = append(problems, errors.New("network.Stack: empty"))
	}
	if a.Output == "" {
		problems = append(problems, errors.New("network.Output: empty"))
	}
	if a.Zones < MinZones || a.Zones > MaxZones {
		problems = append(problems, fmt.Errorf("network.Zones: %d must be %d to %d", a.Zones, MinZones, MaxZones))
	}
	return errors.Join(problems...)
}

// Shared finds the network of another stack, which that stack keeps: nothing of it
// is created, changed or deleted. Preview and update fail when that stack has
// exported no Place, or one of fewer zones.
func Shared(ctx *pulumi.Context, name string, args *SharedArgs, opts ...pulumi.ResourceOption) (*Place, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	owner, err := pulumi.NewStackReference(ctx, name, &pulumi.StackReferenceArgs{Name: pulumi.String(args.Stack)}, opts...)
	if err != nil {
		return nil, fmt.Errorf("read stack %s, whose network is shared: %w", args.Stack, err)
	}
	place := owner.GetOutput(pulumi.String(args.Output))
	p := &Place{VPCID: place.ApplyT(func(place any) (string, error) {
		id, _ := part(place, vpcPart).(string)
		if id == "" {
			return "", args.missing(vpcPart)
		}
		return id, nil
	}).(pulumi.StringOutput)}
	for zone := range args.Zones {
		p.PublicSubnetIDs = append(p.PublicSubnetIDs, args.subnet(place, publicPart, zone))
		p.PrivateSubnetIDs = append(p.PrivateSubnetIDs, args.subnet(place, privatePart, zone))
		p.IsolatedSubnetIDs = append(p.IsolatedSubnetIDs, args.subnet(place, isolatedPart, zone))
	}
	return p, nil
}

// subnet is the subnet of a kind in one of the zones, counted from 0.
func (a *SharedArgs) subnet(place pulumi.AnyOutput, kind string, zone int) pulumi.StringOutput {
	return place.ApplyT(func(place any) (string, error) {
		ids, _ := part(place, kind).([]any)
		if len(ids) == 0 {
			return "", a.missing(kind)
		}
		if zone >= len(ids) {
			return "", fmt.Errorf("network.Zones: %d are asked for, the network of stack %s has %d", a.Zones, a.Stack, len(ids))
		}
		id, _ := ids[zone].(string)
		if id == "" {
			return "", a.missing(kind)
		}
		return id, nil
	}).(pulumi.StringOutput)
}

func (a *SharedArgs) missing(what string) error {
	return fmt.Errorf("stack %s has no %s in its output %s: deploy that stack first, with this version of the program", a.Stack, what, a.Output)
}

func part(place any, key string) any {
	parts, _ := place.(map[string]any)
	return parts[key]
}
