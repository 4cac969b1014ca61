package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// dropNewer removes the arguments that the Terraform provider is too old for,
// and says so where the program sets one.
func dropNewer(names []string) tfbridge.PreCheckCallback {
	return func(ctx context.Context, inputs, _ resource.PropertyMap) (resource.PropertyMap, error) {
		kept := inputs.Copy()
		var dropped []string
		for _, n := range names {
			if _, ok := kept[resource.PropertyKey(n)]; ok {
				delete(kept, resource.PropertyKey(n))
				dropped = append(dropped, n)
			}
		}
		if len(dropped) > 0 {
			tfbridge.GetLogger(ctx).Info("the local aws plugin leaves out what is newer than it: " + strings.Join(dropped, ", "))
		}
		return kept, nil
	}
}

// takeNewerValues adds to the values of an argument those that AWS, and the
// official plugin, have had since this Terraform provider.
func takeNewerValues(p *schema.Provider) {
	logs := p.ResourcesMap["aws_db_instance"].Schema["enabled_cloudwatch_logs_exports"].Elem.(*schema.Schema)
	logs.ValidateFunc = validation.Any(logs.ValidateFunc, validation.StringInSlice([]string{"iam-db-auth-error"}, false))
}
