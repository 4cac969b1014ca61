package provider

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/localaws"
)

// guard lets the provider be configured for the local AWS only: by the
// environment, and by what a program's configuration says on top of it.
func guard(p *schema.Provider) {
	itself, configure := localaws.Plugin(mapping.Package, mapping.Version), p.ConfigureContextFunc
	p.ConfigureContextFunc = func(ctx context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
		if err := itself.Guard(os.Environ()); err != nil {
			return nil, diag.FromErr(err)
		}
		if err := itself.GuardEndpoints(configuredURLs(d)); err != nil {
			return nil, diag.FromErr(err)
		}
		return configure(ctx, d)
	}
}

// configuredURLs returns the addresses in a provider's configuration.
func configuredURLs(d *schema.ResourceData) map[string]string {
	urls := map[string]string{}
	for _, proxy := range []string{"http_proxy", "https_proxy"} {
		if value, ok := d.Get(proxy).(string); ok {
			urls["aws:"+proxy] = value
		}
	}
	blocks, _ := d.Get("endpoints").(*schema.Set)
	if blocks == nil {
		return urls
	}
	for _, block := range blocks.List() {
		services, _ := block.(map[string]any)
		for service, value := range services {
			if value, ok := value.(string); ok {
				urls["aws:endpoints: "+service] = value
			}
		}
	}
	return urls
}

// nowhere is the discard port, where nothing listens.
const nowhere = "http://127.0.0.1:9"

// sealOff sends every request that is not for this machine nowhere: the SDK asks
// for credentials (AssumeRoleWithWebIdentity, SSO) at AWS's own address, whatever the
// endpoints are.
func sealOff() error {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if err := os.Setenv(name, nowhere); err != nil {
			return fmt.Errorf("keep requests on this machine: %w", err)
		}
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("keep requests on this machine: %w", err)
		}
	}
	return nil
}
