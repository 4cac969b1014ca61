package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/tools/scan/internal/names"
)

// translation is the work on one input of a resource.
type translation struct {
	*builder
	place    string
	from     []string // URNs of what the value was computed from.
	placed   map[string]bool
	problems []error
}

// translated is a value in its four aspects.
type translated struct {
	known bool
	value any
	// sensitive is true, or as deep as value with true for what is secret.
	sensitive any
	// expression says what the value refers to, as plans write it: for blocks a
	// list of expressions, else an object with references. Nil: to nothing.
	expression any
}

func (t *translation) value(typ names.Type, v resource.PropertyValue) translated {
	switch {
	case v.IsSecret():
		inner := t.value(typ, v.SecretValue().Element)
		inner.sensitive = true
		return inner
	case v.IsOutput():
		if !v.OutputValue().Known {
			return translated{sensitive: v.OutputValue().Secret}
		}
		inner := t.value(typ, v.OutputValue().Element)
		if v.OutputValue().Secret {
			inner.sensitive = true
		}
		return inner
	case v.IsNull(), v.IsComputed():
		return translated{sensitive: false}
	case v.IsResourceReference():
		id, _ := v.ResourceReferenceValue().IDString()
		return t.leaf(id)
	case v.IsAsset():
		return t.leaf(v.AssetValue().Path + v.AssetValue().URI + v.AssetValue().Text)
	case v.IsArchive():
		return t.leaf(v.ArchiveValue().Path + v.ArchiveValue().URI)
	}
	switch typ.Kind {
	case names.List:
		return t.list(*typ.Elem, v)
	case names.One:
		return t.list(*typ.Elem, resource.NewProperty([]resource.PropertyValue{v}))
	case names.Map:
		return t.mapping(*typ.Elem, v)
	case names.Nested:
		return t.nested(t.table.Objects[typ.Object], v)
	case names.Any:
		return t.untyped(v)
	}
	return t.scalar(typ, v)
}

func (t *translation) scalar(typ names.Type, v resource.PropertyValue) translated {
	switch {
	case v.IsString():
		return t.leaf(v.StringValue())
	case v.IsBool() && typ.Kind == names.String:
		return t.leaf(strconv.FormatBool(v.BoolValue()))
	case v.IsNumber() && typ.Kind == names.String:
		return t.leaf(strconv.FormatFloat(v.NumberValue(), 'f', -1, 64))
	case v.IsBool() && typ.Kind == names.Bool:
		return plain(v.BoolValue())
	case v.IsNumber() && typ.Kind == names.Number:
		return plain(v.NumberValue())
	}
	return t.mismatch(typ.String(), v)
}

func (t *translation) list(elem names.Type, v resource.PropertyValue) translated {
	if !v.IsArray() {
		return t.mismatch("list", v)
	}
	values, sensitive, expressions := []any{}, []any{}, []any{}
	for _, element := range v.ArrayValue() {
		e := t.value(elem, element)
		values, sensitive, expressions = append(values, e.value), append(sensitive, e.sensitive), append(expressions, e.expression)
	}
	list := translated{known: true, value: values, sensitive: false}
	if slices.ContainsFunc(sensitive, func(s any) bool { return s != false }) {
		list.sensitive = sensitive
	}
	switch {
	case !slices.ContainsFunc(expressions, func(e any) bool { return e != nil }):
	case elem.Kind == names.Nested:
		for i, e := range expressions {
			if e == nil {
				expressions[i] = map[string]any{}
			}
		}
		list.expression = expressions
	default:
		list.expression = merged(expressions...)
	}
	return list
}

func (t *translation) mapping(elem names.Type, v resource.PropertyValue) translated {
	if !v.IsObject() {
		return t.mismatch("map", v)
	}
	properties := names.Object{}
	for key := range v.ObjectValue() {
		properties[string(key)] = names.Property{Name: string(key), Type: elem}
	}
	m := t.nested(properties, v)
	if m.expression != nil {
		m.expression = merged(m.expression)
	}
	return m
}

func (t *translation) nested(properties names.Object, v resource.PropertyValue) translated {
	if !v.IsObject() {
		return t.mismatch("object", v)
	}
	values, sensitive, expressions := map[string]any{}, map[string]any{}, map[string]any{}
	for _, key := range v.ObjectValue().StableKeys() {
		property, known := properties[string(key)]
		if !known {
			t.problems = append(t.problems, fmt.Errorf("%s: Terraform has no %s in it: run `go test ./internal/names -update` in tools/scan", t.place, key))
			continue
		}
		e := t.value(property.Type, v.ObjectValue()[key])
		if !e.known {
			continue
		}
		values[property.Name] = e.value
		if e.sensitive != false {
			sensitive[property.Name] = e.sensitive
		}
		if e.expression != nil {
			expressions[property.Name] = e.expression
		}
	}
	object := translated{known: true, value: values, sensitive: false}
	if len(sensitive) > 0 {
		object.sensitive = sensitive
	}
	if len(expressions) > 0 {
		object.expression = expressions
	}
	return object
}

// untyped translates what the table is too old for, by the rule for names.
func (t *translation) untyped(v resource.PropertyValue) translated {
	switch {
	case v.IsArray():
		return t.list(names.Type{Kind: names.Any}, v)
	case v.IsObject():
		properties := names.Object{}
		for key := range v.ObjectValue() {
			properties[string(key)] = names.Property{Name: names.Snake(string(key)), Type: names.Type{Kind: names.Any}}
		}
		return t.nested(properties, v)
	case v.IsBool():
		return plain(v.BoolValue())
	case v.IsNumber():
		return plain(v.NumberValue())
	}
	return t.scalar(names.Type{Kind: names.String}, v)
}

func (t *translation) leaf(text string) translated {
	return translated{known: true, value: text, sensitive: false, expression: t.refersTo(text)}
}

func plain(value any) translated { return translated{known: true, value: value, sensitive: false} }

func (t *translation) mismatch(want string, v resource.PropertyValue) translated {
	t.problems = append(t.problems, fmt.Errorf("%s: a %s where Terraform has a %s", t.place, v.TypeString(), want))
	return translated{sensitive: false}
}
