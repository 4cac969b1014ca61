package vpc

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/tools/awsx/internal/layout"
)

// outputs are the component's outputs. In awsx all of them come out of one
// promise, which carries the IDs of the VPC and of every subnet: so each
// output depends on these, besides the resources that it refers to. Only what
// is made of IDs is unknown in a preview.
func (b *builder) outputs(resolved pulumi.Output) pulumi.Map {
	return pulumi.Map{
		"eips":                   b.references(resources(b.addresses)),
		"internetGateway":        b.known(b.gateway, b.gateway),
		"isolatedSubnetIds":      b.ids(b.isolated),
		"natGateways":            b.references(resources(b.natGateways)),
		"privateSubnetIds":       b.ids(b.private),
		"publicSubnetIds":        b.ids(b.public),
		"routeTableAssociations": b.references(b.attachments),
		"routeTables":            b.references(b.tables),
		"routes":                 b.references(b.routes),
		"subnetLayout":           resolved,
		"subnets":                b.references(b.subnets),
		"vpc":                    b.known(b.vpc, b.vpc),
		"vpcEndpoints":           b.references(b.endpoints),
		"vpcId":                  b.after(b.vpc.ID()),
	}
}

// known is an output with the given value.
func (b *builder) known(value any, refersTo ...pulumi.Resource) pulumi.Output {
	output, resolve, _ := b.ctx.NewOutput()
	resolve(value)
	// The SDK reads the output's dependencies without a lock: this is safe
	// for a resolved output only.
	return pulumi.OutputWithDependencies(b.ctx.Context(), output, slices.Concat(b.common(), refersTo)...)
}

// after is an output that is known when its value and the IDs of the VPC and
// of the subnets are.
func (b *builder) after(value pulumi.Output) pulumi.Output {
	all := []any{value}
	for _, r := range b.common() {
		all = append(all, r.(pulumi.CustomResource).ID())
	}
	return pulumi.All(all...).ApplyT(func(resolved []any) any { return resolved[0] })
}

// common are the resources that every output depends on.
func (b *builder) common() []pulumi.Resource {
	return append([]pulumi.Resource{b.vpc}, b.subnets...)
}

func (b *builder) references(to []pulumi.Resource) pulumi.Output {
	if to == nil {
		to = []pulumi.Resource{}
	}
	return b.known(to, to...)
}

// ids is unknown as a whole while one of the IDs is.
func (b *builder) ids(ids []any) pulumi.Output {
	if len(ids) == 0 {
		return b.known([]string{})
	}
	return b.after(pulumi.All(ids...))
}

func resources[R pulumi.Resource](of []R) []pulumi.Resource {
	var all []pulumi.Resource
	for _, r := range of {
		all = append(all, r)
	}
	return all
}

// layoutOutput is the value of the output subnetLayout.
func layoutOutput(resolved []layout.Resolved) []any {
	entries := make([]any, len(resolved))
	for i, r := range resolved {
		entry := map[string]any{"type": r.Type}
		if r.Name != "" {
			entry["name"] = r.Name
		}
		if r.CIDRBlocks != nil {
			entry["cidrBlocks"] = r.CIDRBlocks
		}
		if r.CIDRMask != 0 {
			entry["cidrMask"] = r.CIDRMask
		}
		if r.Size != 0 {
			entry["size"] = r.Size
		}
		entries[i] = entry
	}
	return entries
}
