package vpc

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// TypeToken is the type that [Construct] constructs.
const TypeToken = "awsx:ec2:Vpc"

type component struct {
	pulumi.ResourceState
}

// builder holds what the steps of one construction share.
type builder struct {
	ctx  *pulumi.Context
	name string
	args args

	component *component
	zones     []string
	nat       natStrategy
	layout    *layout.Layout

	vpc         *network
	gateway     *child
	endpoints   []pulumi.Resource
	subnets     []pulumi.Resource
	tables      []pulumi.Resource
	routes      []pulumi.Resource
	attachments []pulumi.Resource // Route table associations.
	natGateways []*child
	addresses   []*elasticIP

	// IDs of the subnets by type.
	public, private, isolated []any
}

// Construct registers the component and its children. Every argument is
// checked before the first child is registered, but for the ranges of a VPC
// whose own range IPAM chooses.
func Construct(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, opts pulumi.ResourceOption) (*provider.ConstructResult, error) {
	b := &builder{ctx: ctx, name: name, component: &component{}}
	if err := inputs.CopyTo(&b.args); err != nil {
		return nil, fmt.Errorf("read the arguments of %s %q: %w", typ, name, err)
	}
	if err := ctx.RegisterComponentResource(typ, name, b.component, opts); err != nil {
		return nil, fmt.Errorf("register %s %q: %w", typ, name, err)
	}
	// An error below ends the call, and with it a registration under way.
	if _, err := internals.UnsafeAwaitOutput(ctx.Context(), b.component.URN()); err != nil {
		return nil, fmt.Errorf("register %s %q: %w", typ, name, err)
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	subnets, resolved, err := b.buildNetwork()
	if err != nil {
		return nil, err
	}
	if err := b.buildChildren(subnets); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(b.component, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("complete %s %q: %w", typ, name, err)
	}
	return &provider.ConstructResult{URN: b.component.URN(), State: b.outputs(resolved())}, nil
}

// check reads the zones and checks all that does not depend on the VPC's range.
func (b *builder) check() (err error) {
	if err := b.args.checkIPAM(); err != nil {
		return err
	}
	if b.zones, err = zones(b.ctx, b.args, b.component); err != nil {
		return err
	}
	b.nat = b.args.nat()
	if err := b.nat.checkAddresses(len(b.args.allocationIDs()), len(b.zones)); err != nil {
		return err
	}
	b.layout, err = layout.New(b.args.layoutRequest(b.name, b.zones))
	return err
}

func (b *builder) buildChildren(subnets []plannedSubnet) error {
	for _, step := range []func() error{
		b.buildInternetGateway,
		b.buildEndpoints,
		func() error { return b.buildSubnets(subnets) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// warn tells the program about its default strategy, if there is a reason to.
func (b *builder) warn(resolved []layout.Resolved) error {
	text, err := b.layout.Warning(resolved)
	if err != nil || text == "" {
		return err
	}
	return b.ctx.Log.Warn(text, &pulumi.LogArgs{Resource: b.component})
}
