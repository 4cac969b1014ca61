package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

const references = "references"

// refersTo is the expression of a text: the resources that the input was
// computed from and of which it contains an output. Nil if there are none.
func (t *translation) refersTo(text string) any {
	var found []any
	add := func(urn, attribute string) {
		address := t.byURN[urn].Address
		if reference := address + "." + attribute; !slices.Contains(found, any(reference)) {
			found = append(found, reference, address)
		}
	}
	for _, urn := range t.from {
		if t.byURN[urn] != nil {
			if attribute := t.outputIn(t.sources[urn], text); attribute != "" {
				t.placed[urn] = true
				add(urn, attribute)
			}
			continue
		}
		// A component that another program makes, such as awsx's VPC: which of its
		// resources it is, the ID tells.
		for _, child := range t.children[urn] {
			if strings.Contains(text, t.sources[child].ID) {
				add(child, "id")
			}
		}
	}
	if found == nil {
		return nil
	}
	return map[string]any{references: found}
}

// outputIn is Terraform's name of the output that the text is, or else of the
// longest that it contains.
func (b *builder) outputIn(source mocktest.Resource, text string) string {
	properties := b.table.Resources[source.Type]
	best, length := "", 0
	try := func(name, value string) {
		if len(value) > length && strings.Contains(text, value) {
			best, length = name, len(value)
		}
	}
	try("id", source.ID)
	for _, key := range source.Outputs.StableKeys() {
		if name := properties[string(key)].Name; name != "" {
			for _, value := range texts(source.Outputs[key]) {
				try(name, value)
			}
		}
	}
	return best
}

// texts are all strings in a value.
func texts(v resource.PropertyValue) []string {
	switch {
	case v.IsSecret():
		return texts(v.SecretValue().Element)
	case v.IsString():
		return []string{v.StringValue()}
	case v.IsArray():
		var all []string
		for _, element := range v.ArrayValue() {
			all = append(all, texts(element)...)
		}
		return all
	case v.IsObject():
		var all []string
		for _, key := range v.ObjectValue().StableKeys() {
			all = append(all, texts(v.ObjectValue()[key])...)
		}
		return all
	}
	return nil
}

// withUnplaced adds the resources that the input was computed from, but of
// which no output is left in it, to its first expression.
func (t *translation) withUnplaced(v translated) any {
	var missing []any
	for _, urn := range t.from {
		if target, declared := t.byURN[urn]; declared && !t.placed[urn] {
			missing = append(missing, target.Address)
		}
	}
	if missing == nil {
		return v.expression
	}
	return include(v.value, v.expression, missing)
}

// include puts references at the first place of a value that can have some: in
// the first block where it is a list of blocks.
func include(value, expression any, missing []any) any {
	blocks, isList := value.([]any)
	var first map[string]any
	if isList && len(blocks) > 0 {
		first, _ = blocks[0].(map[string]any)
	}
	if first == nil {
		return merged(expression, map[string]any{references: missing})
	}
	expressions, given := expression.([]any)
	if !given {
		expressions = make([]any, len(blocks))
		for i := range expressions {
			expressions[i] = map[string]any{}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(first)) {
		inFirst := expressions[0].(map[string]any)
		inFirst[name] = include(first[name], inFirst[name], missing)
		break
	}
	return expressions
}

// merged is one expression with the references of several, however deep.
func merged(expressions ...any) any {
	var all []any
	var collect func(any)
	collect = func(e any) {
		switch e := e.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(e)) {
				if list, is := e[key].([]any); is && key == references {
					for _, reference := range list {
						if !slices.Contains(all, reference) {
							all = append(all, reference)
						}
					}
					continue
				}
				collect(e[key])
			}
		case []any:
			for _, inner := range e {
				collect(inner)
			}
		}
	}
	for _, e := range expressions {
		collect(e)
	}
	if all == nil {
		return nil
	}
	return map[string]any{references: all}
}
