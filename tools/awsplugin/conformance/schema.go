package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

// schema is the part of a Pulumi package schema that the comparison needs.
type schema struct {
	Types     map[string]typeSpec
	Resources map[string]struct {
		Properties, InputProperties map[string]propertySpec
	}
	Functions map[string]struct {
		Inputs, Outputs *typeSpec
	}
}

type typeSpec struct{ Properties map[string]propertySpec }

type propertySpec struct {
	Type                 string
	Ref                  string `json:"$ref"`
	Items                *propertySpec
	AdditionalProperties *propertySpec
	OneOf                []propertySpec
	Secret               bool
}

func parseSchema(content []byte) (*schema, error) {
	s := &schema{}
	if err := json.Unmarshal(content, s); err != nil {
		return nil, fmt.Errorf("read the plugin's schema: %w", err)
	}
	return s, nil
}

// properties implements side: nested types are named by their token.
func (s *schema) properties(nested string) (map[string]property, error) {
	t, ok := s.Types[nested]
	if !ok {
		return nil, fmt.Errorf("the plugin's schema has no type %s", nested)
	}
	return s.convert(t.Properties), nil
}

func (s *schema) convert(specs map[string]propertySpec) map[string]property {
	props := map[string]property{}
	for name, spec := range specs {
		props[name] = s.property(spec)
	}
	return props
}

func (s *schema) property(spec propertySpec) property {
	switch {
	case spec.Items != nil:
		inner := s.property(*spec.Items)
		return property{list + inner.shape, inner.nested}
	case spec.AdditionalProperties != nil:
		inner := s.property(*spec.AdditionalProperties)
		return property{object + inner.shape, inner.nested}
	case strings.HasPrefix(spec.Ref, "#/types/"):
		token := strings.TrimPrefix(spec.Ref, "#/types/")
		// Enumerations are types as well, but not in this schema.
		if _, ok := s.Types[token]; ok {
			return property{nested: token}
		}
	}
	return property{}
}
