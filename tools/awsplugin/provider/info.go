// Package provider assembles the bridged AWS provider from the mapping table.
package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// newInfo describes the provider to the bridge.
func newInfo(ctx context.Context) (tfbridge.ProviderInfo, error) {
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return tfbridge.ProviderInfo{}, fmt.Errorf("load the Terraform AWS provider: %w", err)
	}
	guard(sdk)
	takeNewerValues(sdk)
	info := tfbridge.ProviderInfo{
		P:              pfbridge.MuxShimWithPF(ctx, sdkv2.NewProvider(sdk), framework),
		Name:           mapping.Package,
		Version:        mapping.Version,
		ResourcePrefix: mapping.Package,
		MetadataInfo:   tfbridge.NewProviderMetadata([]byte("{}")),
		// The two implementations would each report the same problem.
		SkipValidateProviderConfigForPluginFramework: true,
		Config:      config(),
		Resources:   resources(),
		DataSources: functions(),
	}
	info.IgnoreMappings = unmapped(info)
	if err := precomputeDispatch(&info); err != nil {
		return tfbridge.ProviderInfo{}, err
	}
	autoname(&info)
	hideMergedTags(&info)
	return info, nil
}

func resources() map[string]*tfbridge.ResourceInfo {
	all := map[string]*tfbridge.ResourceInfo{}
	for _, r := range mapping.Resources() {
		res := &tfbridge.ResourceInfo{
			Tok:                 tokens.Type(r.Token()),
			Fields:              fields(r.Fields),
			DeleteBeforeReplace: r.DeleteFirst,
		}
		if len(r.Newer) > 0 {
			res.PreCheckCallback = dropNewer(r.Newer)
		}
		all[r.Terraform] = res
	}
	return all
}

func functions() map[string]*tfbridge.DataSourceInfo {
	all := map[string]*tfbridge.DataSourceInfo{}
	for _, f := range mapping.Functions() {
		all[f.Terraform] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(f.Token()), Fields: fields(f.Fields)}
	}
	return all
}

// hideMergedTags makes tagsAll, the tags with the provider's default tags, an
// output only, as pulumi-aws does.
func hideMergedTags(info *tfbridge.ProviderInfo) {
	const property = "tags_all"
	for name, res := range info.Resources {
		if p, ok := info.P.ResourcesMap().Get(name).Schema().GetOk(property); ok && p.Optional() {
			res.Fields[property] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
		}
	}
}

// unmapped lists the types that came along with a service and are not in the table.
func unmapped(info tfbridge.ProviderInfo) []string {
	var names []string
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil {
			names = append(names, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.DataSources[name] == nil {
			names = append(names, name)
		}
		return true
	})
	return names
}

// precomputeDispatch says for each type whether the older SDK or the plugin
// framework implements it. The bridge expects that among its metadata, which
// official plugins make when they are built.
func precomputeDispatch(info *tfbridge.ProviderInfo) error {
	both, ok := info.P.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	})
	if !ok {
		return fmt.Errorf("the bridge's provider %T can't tell who implements a type: check the version of pulumi-terraform-bridge", info.P)
	}
	table, err := both.ResolveDispatch(info)
	if err != nil {
		return fmt.Errorf("find out who implements a type: %w", err)
	}
	if err := metadata.Set(info.GetMetadata(), "mux", table); err != nil {
		return fmt.Errorf("store who implements a type: %w", err)
	}
	return nil
}
