package conformance

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// Compare returns what differs between the plugin's schema and the SDK in the
// directory of its package aws.
func Compare(pluginSchema []byte, sdkDir string) ([]Difference, error) {
	s, err := parseSchema(pluginSchema)
	if err != nil {
		return nil, err
	}
	k := newSDK(sdkDir)
	var found []Difference
	for _, r := range mapping.Resources() {
		d, err := compareResource(s, k, r)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", r.Token(), err)
		}
		found = append(found, d...)
	}
	for _, f := range mapping.Functions() {
		d, err := compareFunction(s, k, f)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", f.Token(), err)
		}
		found = append(found, d...)
	}
	return found, nil
}

func compareResource(s *schema, k *sdk, r mapping.Resource) ([]Difference, error) {
	spec, ok := s.Resources[r.Token()]
	if !ok {
		return nil, fmt.Errorf("the plugin does not have it: correct its Terraform name %s in the mapping table", r.Terraform)
	}
	p, err := k.load(r.Module)
	if err != nil {
		return nil, err
	}
	inputs, err := p.fields(lowerFirst(r.Name) + "Args")
	if err != nil {
		return nil, err
	}
	outputs, err := p.fields(r.Name)
	if err != nil {
		return nil, err
	}
	// Every resource has these; the SDK keeps them elsewhere.
	specOutputs := s.convert(spec.Properties)
	for _, n := range []string{"id", "urn"} {
		if _, ok := outputs[n]; !ok {
			delete(specOutputs, n)
		}
	}

	c := newComparison(s, k)
	if err := c.walk(prefix(r.Token(), Input), r.Module+"."+r.Name, s.convert(spec.InputProperties), inputs); err != nil {
		return nil, err
	}
	if err := c.walk(prefix(r.Token(), Output), "", specOutputs, outputs); err != nil {
		return nil, err
	}
	for name, prop := range spec.Properties {
		if prop.Secret != slices.Contains(p.secrets["New"+r.Name], name) {
			problem := OnlyPlugin
			if !prop.Secret {
				problem = OnlySDK
			}
			c.found = append(c.found, Difference{Place: prefix(r.Token(), Secret) + name, Problem: problem, Property: name})
		}
	}
	return c.result(), nil
}

func compareFunction(s *schema, k *sdk, f mapping.Function) ([]Difference, error) {
	spec, ok := s.Functions[f.Token()]
	if !ok {
		return nil, fmt.Errorf("the plugin does not have it: correct its Terraform name %s in the mapping table", f.Terraform)
	}
	p, err := k.load(f.Module)
	if err != nil {
		return nil, err
	}
	// A function with the name of a resource is called Lookup in Go.
	args, result := upperFirst(f.Name)+"Args", upperFirst(f.Name)+"Result"
	if _, ok := p.structs[result]; !ok {
		lookup := "Lookup" + strings.TrimPrefix(f.Name, "get")
		args, result = lookup+"Args", lookup+"Result"
	}
	inputs := map[string]property{}
	if _, ok := p.structs[args]; ok {
		if inputs, err = p.fields(args); err != nil {
			return nil, err
		}
	}
	outputs, err := p.fields(result)
	if err != nil {
		return nil, err
	}
	c := newComparison(s, k)
	if err := c.walk(prefix(f.Token(), Input), f.Module+"."+strings.TrimSuffix(args, "Args"), s.optional(spec.Inputs), inputs); err != nil {
		return nil, err
	}
	if err := c.walk(prefix(f.Token(), Output), "", s.optional(spec.Outputs), outputs); err != nil {
		return nil, err
	}
	return c.result(), nil
}

func (s *schema) optional(t *typeSpec) map[string]property {
	if t == nil {
		return nil
	}
	return s.convert(t.Properties)
}

func prefix(token string, d Direction) string { return token + " " + string(d) + " " }

func lowerFirst(s string) string { return string(unicode.ToLower(rune(s[0]))) + s[1:] }

func upperFirst(s string) string { return string(unicode.ToUpper(rune(s[0]))) + s[1:] }
