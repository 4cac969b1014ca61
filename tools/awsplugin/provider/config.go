package provider

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// config lists the settings that differ from their Terraform form, as
// pulumi-aws has them.
func config() map[string]*tfbridge.SchemaInfo {
	secret := &tfbridge.SchemaInfo{Secret: tfbridge.True()}
	return map[string]*tfbridge.SchemaInfo{
		"region": {
			Type:                  tokens.Type("aws:index/region:Region"),
			Default:               &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}},
			ForcesProviderReplace: tfbridge.True(),
		},
		"access_key":                  secret,
		"secret_key":                  secret,
		"token":                       secret,
		"skip_credentials_validation": {Default: &tfbridge.DefaultInfo{Value: false}},
		"skip_metadata_api_check":     {Type: "boolean"},
		"skip_region_validation":      {Default: &tfbridge.DefaultInfo{Value: true}},
	}
}
