package names_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pulumi/inflector"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/scan/internal/names"
)

// bridged is what the plugin tells about its types when it is asked for its
// mapping to Terraform, as far as names depend on it.
type bridged struct {
	Provider struct {
		Resources map[string]map[string]schema
	}
	Resources map[string]struct {
		Fields map[string]override
	}
}

// schema is Terraform's description of a property.
type schema struct {
	Type     valueType
	MaxItems int
	Element  *struct {
		Schema   *schema
		Resource map[string]schema
	}
}

// override is what the mapping table says about a property.
type override struct {
	Name        string
	MaxItemsOne *bool
	Element     *struct {
		Fields map[string]override
	}
}

// valueType is the bridge's shim.ValueType.
type valueType int

const (
	typeBool valueType = iota + 1
	typeInt
	typeFloat
	typeString
	typeList
	typeMap
	typeSet
	typeDynamic
)

// derive makes the table from what the plugin tells.
func derive(t *testing.T, mapped []byte) *names.Table {
	t.Helper()
	var source bridged
	if err := json.Unmarshal(mapped, &source); err != nil {
		t.Fatal(err)
	}
	d := &derivation{
		t: t, places: map[string]string{},
		table: &names.Table{Resources: map[string]names.Object{}, Objects: map[string]names.Object{}},
	}
	resources := mapping.Resources()
	slices.SortFunc(resources, func(a, b mapping.Resource) int { return strings.Compare(a.Terraform, b.Terraform) })
	for _, r := range resources {
		properties, known := source.Provider.Resources[r.Terraform]
		if !known {
			t.Fatalf("the plugin does not have %s", r.Terraform)
		}
		d.table.Resources[r.Token()] = d.object(r.Terraform, properties, source.Resources[r.Terraform].Fields)
	}
	return d.table
}

// derivation shares equal objects: the statements of a web ACL alone have
// thousands.
type derivation struct {
	t      *testing.T
	table  *names.Table
	places map[string]string // The first place of an object by its content.
}

func (d *derivation) object(place string, properties map[string]schema, overrides map[string]override) names.Object {
	d.t.Helper()
	object := names.Object{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		pulumiName := nameOf(name, properties, overrides)
		if _, twice := object[pulumiName]; twice {
			d.t.Fatalf("%s: two properties are called %s", place, pulumiName)
		}
		object[pulumiName] = names.Property{Name: name, Type: d.typ(place+"."+name, properties[name], overrides[name])}
	}
	return object
}

func (d *derivation) typ(place string, s schema, o override) names.Type {
	d.t.Helper()
	switch s.Type {
	case typeBool:
		return names.Type{Kind: names.Bool}
	case typeInt, typeFloat:
		return names.Type{Kind: names.Number}
	case typeString:
		return names.Type{Kind: names.String}
	case typeDynamic:
		return names.Type{Kind: names.Any}
	}
	elem := names.Type{Kind: names.String} // Terraform's default.
	if s.Element != nil {
		switch {
		case s.Element.Schema != nil:
			elem = d.typ(place, *s.Element.Schema, override{})
		default:
			elem = d.nested(place, s, o)
		}
	}
	switch {
	case s.Type == typeMap && elem.Kind == names.Nested:
		return elem // The plugin framework's nested object.
	case s.Type == typeMap:
		return names.Type{Kind: names.Map, Elem: &elem}
	case isOne(s, o):
		return names.Type{Kind: names.One, Elem: &elem}
	}
	return names.Type{Kind: names.List, Elem: &elem}
}

func (d *derivation) nested(place string, s schema, o override) names.Type {
	d.t.Helper()
	var overrides map[string]override
	if o.Element != nil {
		overrides = o.Element.Fields
	}
	object := d.object(place, s.Element.Resource, overrides)
	text, err := json.Marshal(object)
	if err != nil {
		d.t.Fatal(err)
	}
	first, seen := d.places[string(text)]
	if !seen {
		first = place
		d.places[string(text)] = place
		d.table.Objects[place] = object
	}
	return names.Type{Kind: names.Nested, Object: first}
}

func isOne(s schema, o override) bool {
	if s.Type != typeList && s.Type != typeSet {
		return false
	}
	if o.MaxItemsOne != nil {
		return *o.MaxItemsOne
	}
	return s.MaxItems == 1
}

// nameOf is the bridge's TerraformToPulumiNameV2: camel case, and the plural
// for what is a list in Pulumi.
func nameOf(name string, properties map[string]schema, overrides map[string]override) string {
	if o := overrides[name]; o.Name != "" {
		return o.Name
	}
	s := properties[name]
	if (s.Type == typeList || s.Type == typeSet) && !isOne(s, overrides[name]) {
		plural := inflector.Pluralize(name)
		_, taken := properties[plural]
		if renamed := overrides[plural].Name; !taken || renamed != "" && renamed != plural {
			name = plural
		}
	}
	var camel strings.Builder
	upper := false
	for i, c := range name {
		switch {
		case c == '_' && i > 0:
			upper = true
		case upper:
			camel.WriteRune(unicode.ToUpper(c))
			upper = false
		default:
			camel.WriteRune(c)
		}
	}
	return camel.String()
}

// pulumiSchema is what the plugin tells when it is asked for its schema.
type pulumiSchema struct {
	Types     map[string]struct{ Properties map[string]propertySpec }
	Resources map[string]struct{ Properties, InputProperties map[string]propertySpec }
}

type propertySpec struct {
	Type                 string
	Ref                  string `json:"$ref"`
	Items                *propertySpec
	AdditionalProperties *propertySpec
	OneOf                []propertySpec
}

// conform compares the table with Pulumi's schema of the same plugin, which the
// bridge makes by its own code.
func conform(table *names.Table, s *pulumiSchema) []string {
	c := &conformance{table: table, schema: s, seen: map[string]bool{}}
	for token, object := range table.Resources {
		spec := s.Resources[token]
		all := maps.Clone(spec.Properties)
		maps.Copy(all, spec.InputProperties)
		c.object(token, object, all)
	}
	slices.Sort(c.problems)
	return c.problems
}

type conformance struct {
	table    *names.Table
	schema   *pulumiSchema
	seen     map[string]bool
	problems []string
}

func (c *conformance) object(place string, object names.Object, spec map[string]propertySpec) {
	for name, property := range object {
		if s, known := spec[name]; known {
			c.property(place+"."+name, property.Type, s)
		} else if name != "id" { // Every resource has one; it is not in the schema.
			c.problems = append(c.problems, place+"."+name+": not in the schema")
		}
	}
	for name := range spec {
		if _, known := object[name]; !known {
			c.problems = append(c.problems, place+"."+name+": only in the schema")
		}
	}
}

func (c *conformance) property(place string, t names.Type, s propertySpec) {
	got := s.Type
	token, nested := strings.CutPrefix(s.Ref, "#/types/")
	if _, object := c.schema.Types[token]; nested && object {
		got = "object"
	}
	for t.Kind == names.One {
		t = *t.Elem
	}
	want := map[names.Kind]string{
		names.List: "array", names.Map: "object", names.Nested: "object", names.Bool: "boolean",
		names.String: "string", names.Number: "number",
	}[t.Kind]
	if want == "number" && got == "integer" || want == "string" && slices.Contains([]string{"integer", "boolean", "number", ""}, got) {
		got = want // The mapping table or an enumeration gives a string another type.
	}
	if got != want {
		c.problems = append(c.problems, fmt.Sprintf("%s: %s in the table, %q in the schema", place, t, got))
		return
	}
	switch {
	case t.Kind == names.List && s.Items != nil:
		c.property(place+"[]", *t.Elem, *s.Items)
	case t.Kind == names.Map && s.AdditionalProperties != nil:
		c.property(place+"{}", *t.Elem, *s.AdditionalProperties)
	case t.Kind == names.Nested:
		if pair := t.Object + " " + token; !c.seen[pair] {
			c.seen[pair] = true
			c.object(place, c.table.Objects[t.Object], c.schema.Types[token].Properties)
		}
	case t.Kind == names.List || t.Kind == names.Map:
		c.problems = append(c.problems, fmt.Sprintf("%s: %s in the table has no elements in the schema", place, t))
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
