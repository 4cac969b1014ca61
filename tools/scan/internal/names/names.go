// Package names says what Terraform calls the properties of Pulumi's AWS types.
//
// The table in names.json comes from the aws plugin of tools/awsplugin: its
// schema, and the bridge's rules for names. A test compares the two.
package names

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode"
)

//go:embed names.json
var content []byte

// Table names the properties of all types.
type Table struct {
	// Resources hold the properties of each type, by the type's token.
	Resources map[string]Object `json:"resources"`
	// Objects hold the properties of nested values, by the place of the first.
	Objects map[string]Object `json:"objects"`
}

// Object holds properties by their names in Pulumi.
type Object map[string]Property

// Property is what Terraform makes of a property. In the table it is written
// "lifecycle_rule list(#aws_s3_bucket.lifecycle_rule)", or "bool".
type Property struct {
	// Name is Terraform's name.
	Name string
	// Type is Terraform's type.
	Type Type
}

// Kind is the form of a value.
type Kind string

const (
	// String, Bool and Number are plain values, Any is what can be each of them.
	String Kind = "string"
	Bool   Kind = "bool"
	Number Kind = "number"
	Any    Kind = "any"
	// List is a list or set.
	List Kind = "list"
	// One is a list of one element, which Pulumi shows without the list.
	One Kind = "one"
	// Map has keys of the program's choice.
	Map Kind = "map"
	// Nested is an object with properties of its own.
	Nested Kind = "object"
)

// Type is the type of a value.
type Type struct {
	Kind Kind
	// Elem is the type of what a list or map contains.
	Elem *Type
	// Object is the key of an object's properties in Table.Objects.
	Object string
}

// String is how the table writes a type.
func (t Type) String() string {
	switch {
	case t.Kind == Nested:
		return "#" + t.Object
	case t.Elem != nil:
		return string(t.Kind) + "(" + t.Elem.String() + ")"
	}
	return string(t.Kind)
}

// ParseType reads a type as the table writes it.
func ParseType(text string) (Type, error) {
	if object, nested := strings.CutPrefix(text, "#"); nested && object != "" {
		return Type{Kind: Nested, Object: object}, nil
	}
	switch kind := Kind(text); kind {
	case String, Bool, Number, Any:
		return Type{Kind: kind}, nil
	}
	outer, rest, found := strings.Cut(text, "(")
	switch kind := Kind(outer); kind {
	case List, One, Map:
		inner, closed := strings.CutSuffix(rest, ")")
		if !found || !closed {
			break
		}
		elem, err := ParseType(inner)
		if err != nil {
			return Type{}, err
		}
		return Type{Kind: kind, Elem: &elem}, nil
	}
	return Type{}, fmt.Errorf("%q is no type", text)
}

// MarshalJSON writes an object into the table. What Terraform calls the same in
// snake case is written without its name.
func (o Object) MarshalJSON() ([]byte, error) {
	written := make(map[string]string, len(o))
	for name, property := range o {
		written[name] = property.Type.String()
		if property.Name != Snake(name) {
			written[name] = property.Name + " " + written[name]
		}
	}
	return json.Marshal(written)
}

// UnmarshalJSON reads an object from the table.
func (o *Object) UnmarshalJSON(text []byte) error {
	var written map[string]string
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	*o = make(Object, len(written))
	for name, value := range written {
		terraform, typ, renamed := strings.Cut(value, " ")
		if !renamed {
			terraform, typ = Snake(name), value
		}
		t, err := ParseType(typ)
		if err != nil || terraform == "" {
			return fmt.Errorf("%s: %q is not a type after a name or none", name, value)
		}
		(*o)[name] = Property{Name: terraform, Type: t}
	}
	return nil
}

// Snake is the rule for names: vpcId is vpc_id in Terraform.
func Snake(name string) string {
	var snake strings.Builder
	for _, c := range name {
		if unicode.IsUpper(c) {
			snake.WriteByte('_')
		}
		snake.WriteRune(unicode.ToLower(c))
	}
	return snake.String()
}

// Load reads the table.
var Load = sync.OnceValues(func() (*Table, error) {
	table := &Table{}
	if err := json.Unmarshal(content, table); err != nil {
		return nil, fmt.Errorf("read names.json: %w", err)
	}
	return table, nil
})
