package provider

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// fields translates overrides into the bridge's form.
func fields(fs map[string]mapping.Field) map[string]*tfbridge.SchemaInfo {
	all := map[string]*tfbridge.SchemaInfo{}
	for name, f := range fs {
		all[name] = field(name, f)
	}
	return all
}

func field(name string, f mapping.Field) *tfbridge.SchemaInfo {
	s := &tfbridge.SchemaInfo{Name: f.Name, Type: tokens.Type(f.Type)}
	switch f.Form {
	case mapping.Single:
		s.MaxItemsOne = tfbridge.True()
	case mapping.List:
		s.MaxItemsOne = tfbridge.False()
	}
	if f.JSON {
		s.Type, s.Transform = "string", tfbridge.TransformJSONDocument
	}
	if f.Default != "" {
		s.Default = &tfbridge.DefaultInfo{Value: f.Default}
	}
	if f.AutoName != nil {
		s.Name, s.Default = name, nameDefault(*f.AutoName)
	}
	if len(f.Fields) > 0 {
		s.Elem = &tfbridge.SchemaInfo{Fields: fields(f.Fields)}
	}
	return s
}
