package conformance

import "slices"

// shape is the form of a property's value, such as "[]" for a list of values
// and "{}[]" for a map of lists; a plain value or object has none.
type shape string

const (
	list   shape = "[]"
	object shape = "{}"
)

// property is one property of a type.
type property struct {
	shape  shape
	nested string // the type of what the shape contains; empty for a plain value
}

// side is what one of the two knows about nested types.
type side interface {
	// properties returns the properties of a nested type.
	properties(nested string) (map[string]property, error)
}

// Direction says which of a type's sets of properties an entry is about.
type Direction string

const (
	// Input are the arguments of a resource or function.
	Input Direction = "input"
	// Output are the results.
	Output Direction = "output"
	// Secret are the outputs that are encrypted in the state.
	Secret Direction = "secret"
)

// comparison walks both sides at once and collects what differs.
type comparison struct {
	plugin, sdk side
	seen        map[[2]string]bool
	shared      map[string]bool // owner.property that both sides have somewhere
	found       []Difference
}

func newComparison(plugin, sdk side) *comparison {
	return &comparison{plugin: plugin, sdk: sdk, seen: map[[2]string]bool{}, shared: map[string]bool{}}
}

// result returns what differs. A property that the plugin has on one level of a
// type that contains itself, and lacks on another, has no owner.
func (c *comparison) result() []Difference {
	for i, d := range c.found {
		if c.shared[d.Owner+"."+d.Property] {
			c.found[i].Owner = ""
		}
	}
	return c.found
}

// Difference is one property that the two sides don't agree on.
type Difference struct {
	// Place is the type's token, the direction and the property's path, such
	// as "aws:lb/listener:Listener input mutualAuthentication.mode".
	Place string
	// Problem says what differs.
	Problem string
	// Owner is the Go type of the SDK that has an argument, such as
	// lb.ListenerMutualAuthentication. It is empty for results.
	Owner string
	// Property is the last element of the path.
	Property string
}

// String is how a difference is written in known-differences.txt.
func (d Difference) String() string { return d.Place + ": " + d.Problem }

// What Problem says about a property that one side does not have.
const (
	OnlySDK    = "only in the SDK"
	OnlyPlugin = "only in the plugin"
)

// walk compares two sets of properties; where is their place in the type and
// owner the Go type of the SDK's.
func (c *comparison) walk(where, owner string, plugin, sdk map[string]property) error {
	names := map[string]bool{}
	for n := range plugin {
		names[n] = true
	}
	for n := range sdk {
		names[n] = true
	}
	for _, n := range sortedKeys(names) {
		p, inPlugin := plugin[n]
		s, inSDK := sdk[n]
		if inPlugin && inSDK {
			c.shared[owner+"."+n] = true
		}
		here := where + n
		report := func(problem string) {
			c.found = append(c.found, Difference{Place: here, Problem: problem, Owner: owner, Property: n})
		}
		switch {
		case !inPlugin:
			report(OnlySDK)
		case !inSDK:
			report(OnlyPlugin)
		case describe(p) != describe(s):
			report(describe(p) + " in the plugin, " + describe(s) + " in the SDK")
		case p.nested != "":
			if err := c.nested(here+string(p.shape)+".", p.nested, s.nested); err != nil {
				return err
			}
		}
	}
	return nil
}

// nested compares two nested types, once for each pair.
func (c *comparison) nested(where, plugin, sdk string) error {
	pair := [2]string{plugin, sdk}
	if c.seen[pair] {
		return nil
	}
	c.seen[pair] = true
	p, err := c.plugin.properties(plugin)
	if err != nil {
		return err
	}
	s, err := c.sdk.properties(sdk)
	if err != nil {
		return err
	}
	return c.walk(where, sdk, p, s)
}

func describe(p property) string {
	kind := "value"
	if p.nested != "" {
		kind = "object"
	}
	return string(p.shape) + kind
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
