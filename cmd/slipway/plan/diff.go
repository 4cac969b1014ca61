package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// Difference is one property that changes. Before or After is nil for a property
// that comes or goes.
type Difference struct {
	// Path leads to the property, such as "containerDefinitions[0].image".
	Path string
	// Before and After are values as text, secrets masked.
	Before, After *string
}

// What stands in place of values.
const (
	Masked  = "[secret]"
	Unknown = "(known after the deployment)"
)

// Marks of Pulumi inside values:
// https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/sig/sig.go
const (
	signature       = "4dabf18193072939515e22adb298388d"
	secretSignature = "1b47061264138c4ac30d75fd1eb44270"
)

// confidential are the names of properties that hold secrets as a rule.
var confidential = regexp.MustCompile(`(?i)(password|passwd|secretstring|secret_?key|private_?key|access_?key|token|credentials?|api_?key)$`)

// Confidential reports whether a property of this name holds a secret as a rule.
func Confidential(name string) bool { return confidential.MatchString(name) }

// IsSecret reports whether Pulumi marks a value as a secret.
func IsSecret(value map[string]any) bool { return value[signature] == secretSignature }

// A variable of a container has its name and its value in these properties.
const nameKey, valueKey = "name", "value"

// internal are inputs that Pulumi keeps for itself.
var internal = []string{"__defaults", "__meta", "__pulumi_raw_state_delta"}

// Differences lists the inputs that a step changes, by path. For a resource that
// comes or goes it lists all. Pulumi alone knows whether a secret changes.
func (s Step) Differences() []Difference {
	var d differences
	d.compare("", properties(s.before), properties(s.after))
	for _, path := range s.changed {
		if !d.cover(path) {
			d.hide(path)
		}
	}
	return d
}

// cover reports whether a path, or a part of it, is among the differences.
func (d *differences) cover(path string) bool {
	return slices.ContainsFunc(*d, func(each Difference) bool {
		return strings.HasPrefix(each.Path, path) || strings.HasPrefix(path, each.Path)
	})
}

// hide adds a difference whose values are secrets.
func (d *differences) hide(path string) {
	before, after := Masked, Masked+" changed"
	*d = append(*d, Difference{Path: path, Before: &before, After: &after})
}

func properties(state *apitype.ResourceV3) any {
	if state == nil {
		return nil
	}
	return state.Inputs
}

// differences collects them in the order of paths.
type differences []Difference

func (d *differences) compare(path string, before, after any) {
	if confidential.MatchString(path) && before != nil && after != nil && !same(before, after) {
		d.hide(path)
		return
	}
	if confidential.MatchString(path) {
		before, after = masked(before), masked(after)
	}
	before, after = plain(before), plain(after)
	if same(before, after) {
		return
	}
	switch first := before.(type) {
	case map[string]any:
		if second, is := after.(map[string]any); is || after == nil {
			d.objects(path, first, second)
			return
		}
	case []any:
		if second, is := after.([]any); is || after == nil {
			d.lists(path, first, second)
			return
		}
	case nil:
		switch second := after.(type) {
		case map[string]any:
			d.objects(path, nil, second)
			return
		case []any:
			d.lists(path, nil, second)
			return
		}
	}
	*d = append(*d, Difference{Path: path, Before: text(before), After: text(after)})
}

func (d *differences) objects(path string, before, after map[string]any) {
	if isSecretPair(before) || isSecretPair(after) {
		d.pair(path, before, after)
		return
	}
	keys := map[string]bool{}
	for _, object := range []map[string]any{before, after} {
		for key := range object {
			keys[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if slices.Contains(internal, key) {
			continue
		}
		below := key
		if path != "" {
			below = path + "." + key
		}
		d.compare(below, before[key], after[key])
	}
}

// lists compares elements that have a name by their names, others by their places.
func (d *differences) lists(path string, before, after []any) {
	firsts, named := byName(before)
	seconds, alsoNamed := byName(after)
	if named && alsoNamed {
		names := slices.Sorted(maps.Keys(firsts))
		for _, name := range slices.Sorted(maps.Keys(seconds)) {
			if _, there := firsts[name]; !there {
				names = append(names, name)
			}
		}
		for _, name := range names {
			d.compare(fmt.Sprintf("%s[%s]", path, name), firsts[name], seconds[name])
		}
		return
	}
	for i := range max(len(before), len(after)) {
		var first, second any
		if i < len(before) {
			first = before[i]
		}
		if i < len(after) {
			second = after[i]
		}
		d.compare(fmt.Sprintf("%s[%d]", path, i), first, second)
	}
}

// byName gives the elements of a list by their names, if all have one of their own.
func byName(list []any) (map[string]any, bool) {
	found := map[string]any{}
	for _, element := range list {
		object, _ := plain(element).(map[string]any)
		name, is := object[nameKey].(string)
		if _, twice := found[name]; !is || twice {
			return nil, false
		}
		found[name] = element
	}
	return found, true
}

// isSecretPair reports whether an object is a name with a secret value.
func isSecretPair(object map[string]any) bool {
	name, _ := object[nameKey].(string)
	_, there := object[valueKey]
	return there && confidential.MatchString(name)
}

// pair compares a variable whose value is a secret.
func (d *differences) pair(path string, before, after map[string]any) {
	switch {
	case before != nil && after != nil:
		d.hide(path)
	case before != nil:
		*d = append(*d, Difference{Path: path, Before: text(Masked)})
	default:
		*d = append(*d, Difference{Path: path, After: text(Masked)})
	}
}

func masked(value any) any {
	if value == nil {
		return nil
	}
	return Masked
}

// plain makes a value comparable: secrets are masked, unknown values named, and
// JSON inside a text is taken apart.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if IsSecret(value) {
			return Masked
		}
		if _, marked := value[signature]; marked {
			return line(value)
		}
		return value
	case string:
		if value == pricing.Unknown {
			return Unknown
		}
		return document(value)
	}
	return value
}

// document takes JSON objects and lists in a text apart; other text stays as it is.
func document(value string) any {
	trimmed := strings.TrimSpace(value)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return value
	}
	var parsed any
	if json.Unmarshal([]byte(trimmed), &parsed) != nil {
		return value
	}
	switch parsed.(type) {
	case map[string]any, []any:
		return parsed
	}
	return value
}

func same(before, after any) bool {
	first, err := json.Marshal(before)
	if err != nil {
		return false
	}
	second, err := json.Marshal(after)
	return err == nil && bytes.Equal(first, second)
}

// text is a value on one line, nil for none.
func text(value any) *string {
	if value == nil {
		return nil
	}
	line := line(value)
	return &line
}

func line(value any) string {
	if plain, is := value.(string); is && (plain == Masked || plain == Unknown) {
		return plain
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(out.String())
}
