package provider

import (
	"context"
	"strings"

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
