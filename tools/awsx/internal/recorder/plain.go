package recorder

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// Unknown stands for a value that is not known in a preview.
const Unknown = "${unknown}"

// marshalOptions keep everything that a registration or a response can hold.
var marshalOptions = plugin.MarshalOptions{
	KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
}

// Plain turns a message's properties into the notation of the recordings:
// ${unknown}, {"$secret": value} and {"$resource": "${symbol}"}.
func Plain(properties *structpb.Struct) (map[string]any, error) {
	m, err := plugin.UnmarshalProperties(properties, marshalOptions)
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	plain, err := plainValue(resource.NewProperty(m))
	if err != nil {
		return nil, err
	}
	return plain.(map[string]any), nil
}

func plainValue(v resource.PropertyValue) (any, error) {
	switch {
	case v.IsComputed():
		return Unknown, nil
	case v.IsSecret():
		inner, err := plainValue(v.SecretValue().Element)
		return map[string]any{"$secret": inner}, err
	case v.IsResourceReference():
		return plainReference(v.ResourceReferenceValue())
	case v.IsArray():
		plain := []any{}
		for i, element := range v.ArrayValue() {
			p, err := plainValue(element)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			plain = append(plain, p)
		}
		return plain, nil
	case v.IsObject():
		plain := map[string]any{}
		for key, element := range v.ObjectValue() {
			p, err := plainValue(element)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			plain[string(key)] = p
		}
		return plain, nil
	case v.IsString(), v.IsNumber(), v.IsBool(), v.IsNull():
		return v.V, nil
	}
	return nil, fmt.Errorf("unexpected %s", v.TypeString())
}

// plainReference checks that a reference has its resource's ID, or none in a
// preview, and no package version.
func plainReference(r resource.ResourceReference) (any, error) {
	symbol := Symbol(string(r.URN))
	if r.PackageVersion != "" {
		return nil, fmt.Errorf("reference to %s has the package version %q", symbol, r.PackageVersion)
	}
	if id, known := r.IDString(); known && id != "" && id != "${"+symbol+".id}" {
		return nil, fmt.Errorf("reference to %s has the ID %q", symbol, id)
	}
	return map[string]any{"$resource": "${" + symbol + "}"}, nil
}

// Properties turns values into a message's properties, with the same notation
// for unknown values and secrets. Property values are taken as they are.
func Properties(values map[string]any) (*structpb.Struct, error) {
	return plugin.MarshalProperties(fromPlain(values).ObjectValue(), marshalOptions)
}

func fromPlain(value any) resource.PropertyValue {
	switch v := value.(type) {
	case resource.PropertyValue:
		return v
	case map[string]any:
		if inner, secret := v["$secret"]; secret {
			return resource.MakeSecret(fromPlain(inner))
		}
		m := resource.PropertyMap{}
		for key, element := range v {
			m[resource.PropertyKey(key)] = fromPlain(element)
		}
		return resource.NewProperty(m)
	case []any:
		var a []resource.PropertyValue
		for _, element := range v {
			a = append(a, fromPlain(element))
		}
		return resource.NewProperty(a)
	case string:
		if v == Unknown {
			return resource.MakeComputed(resource.NewProperty(""))
		}
	}
	return resource.NewPropertyValue(value)
}
