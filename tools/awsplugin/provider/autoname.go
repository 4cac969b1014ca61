package provider

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

const (
	nameProperty  = "name"
	maxNameLength = 255
	randomDigits  = 7
	fifoSuffix    = ".fifo"
)

// autoname lets the bridge fill in the names that programs leave out, so that
// a replacement can exist beside what it replaces.
func autoname(info *tfbridge.ProviderInfo) {
	for _, r := range mapping.Resources() {
		rule := r.AutoName
		if rule.Off {
			continue
		}
		property := rule.Property
		if property == "" {
			property = nameProperty
		}
		properties := info.P.ResourcesMap().Get(r.Terraform).Schema()
		if !isArgument(properties, property) {
			continue
		}
		fields := info.Resources[r.Terraform].Fields
		if fields[property] == nil {
			fields[property] = &tfbridge.SchemaInfo{}
		}
		fields[property].Default = nameDefault(rule)
	}
}

func isArgument(properties shim.SchemaMap, name string) bool {
	p, ok := properties.GetOk(name)
	return ok && p.Type() == shim.TypeString && (p.Optional() || p.Required())
}

// nameDefault computes names by a rule.
func nameDefault(rule mapping.AutoName) *tfbridge.DefaultInfo {
	options := tfbridge.AutoNameOptions{Separator: "-", Maxlen: rule.MaxLength, Randlen: randomDigits}
	if options.Maxlen == 0 {
		options.Maxlen = maxNameLength
	}
	if rule.Joined {
		options.Separator = ""
	}
	if rule.Plain {
		options = tfbridge.AutoNameOptions{}
	}
	if rule.Lower {
		options.Transform = strings.ToLower
	}
	options.PostTransform = func(r *tfbridge.PulumiResource, name string) (string, error) {
		if !strings.HasPrefix(name, rule.Prefix) {
			name = rule.Prefix + name
		}
		if fifo := r.Properties.Mappable()[rule.FIFO]; rule.FIFO != "" && fifo == true {
			name += fifoSuffix
		}
		return name, nil
	}
	return &tfbridge.DefaultInfo{
		AutoNamed: true,
		ComputeDefault: func(ctx context.Context, defaults tfbridge.ComputeDefaultOptions) (any, error) {
			return tfbridge.ComputeAutoNameDefault(ctx, options, defaults)
		},
	}
}
