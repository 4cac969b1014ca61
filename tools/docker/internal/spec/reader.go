package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// reader takes values out of property maps, looking through secrets, and notes
// unknown and wrong ones by their path.
type reader struct {
	unknown  map[string]bool
	problems []Problem
}

// value looks up the last part of path in properties. The second result is
// false when there is nothing to read.
func (r *reader) value(properties resource.PropertyMap, path string) (resource.PropertyValue, bool) {
	key := path[strings.LastIndex(path, ".")+1:]
	return r.known(properties[resource.PropertyKey(key)], path)
}

func (r *reader) known(v resource.PropertyValue, path string) (resource.PropertyValue, bool) {
	for v.IsSecret() {
		v = v.SecretValue().Element
	}
	switch {
	case v.IsComputed() || v.IsOutput():
		r.unknown[path] = true
		return v, false
	case v.IsNull():
		return v, false
	}
	return v, true
}

func (r *reader) wrong(path, want string, got resource.PropertyValue) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf("must be %s, not %s", want, got.TypeString())})
}

func (r *reader) text(properties resource.PropertyMap, path string) string {
	v, ok := r.value(properties, path)
	if !ok {
		return ""
	}
	return r.asText(v, path)
}

func (r *reader) asText(v resource.PropertyValue, path string) string {
	if !v.IsString() {
		r.wrong(path, "a string", v)
		return ""
	}
	return v.StringValue()
}

func (r *reader) boolean(properties resource.PropertyMap, path string) bool {
	v, ok := r.value(properties, path)
	if !ok {
		return false
	}
	if !v.IsBool() {
		r.wrong(path, "true or false", v)
		return false
	}
	return v.BoolValue()
}

func (r *reader) object(properties resource.PropertyMap, path string) resource.PropertyMap {
	v, ok := r.value(properties, path)
	if !ok {
		return nil
	}
	if !v.IsObject() {
		r.wrong(path, "an object", v)
		return nil
	}
	return v.ObjectValue()
}

func (r *reader) texts(properties resource.PropertyMap, path string) map[string]string {
	out := map[string]string{}
	for key, v := range r.object(properties, path) {
		at := path + "." + string(key)
		if v, ok := r.known(v, at); ok {
			out[string(key)] = r.asText(v, at)
		}
	}
	return out
}

// list skips unknown entries; they are noted all the same.
func (r *reader) list(properties resource.PropertyMap, path string) []string {
	v, ok := r.value(properties, path)
	if !ok {
		return nil
	}
	if !v.IsArray() {
		r.wrong(path, "a list of strings", v)
		return nil
	}
	var out []string
	for i, v := range v.ArrayValue() {
		at := fmt.Sprintf("%s.%d", path, i)
		if v, ok := r.known(v, at); ok {
			out = append(out, r.asText(v, at))
		}
	}
	return out
}

func (r *reader) choice(properties resource.PropertyMap, path string, choices ...string) string {
	v := r.text(properties, path)
	if v != "" && !slices.Contains(choices, v) {
		r.problems = append(r.problems, Problem{path,
			fmt.Sprintf("must be one of %s, not %q", strings.Join(choices, ", "), v)})
	}
	return v
}
