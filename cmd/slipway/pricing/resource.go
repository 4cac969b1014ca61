package pricing

import (
	"fmt"
	"strconv"
	"strings"
)

// Unknown is how a Pulumi preview writes a value that is known after the
// deployment only.
const Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Resource is one registered or planned resource.
type Resource struct {
	// Type is Pulumi's type token, such as "aws:rds/instance:Instance".
	Type string
	// Name is the resource's name in the program.
	Name string
	// Component is what the resource is listed under: the component that it
	// belongs to, such as "staging-database".
	Component string
	// Properties are the resource's inputs.
	Properties map[string]any
}

func (r Resource) String() string { return r.Type + " " + r.Name }

// lookup follows a path such as "healthCheck.interval". Values that are missing,
// null or not known yet are not there.
func (r Resource) lookup(path string) (any, bool) {
	var value any = r.Properties
	for key := range strings.SplitSeq(path, ".") {
		object, is := value.(map[string]any)
		if !is {
			return nil, false
		}
		if value = object[key]; value == nil || value == Unknown {
			return nil, false
		}
	}
	return value, true
}

// text is a string, or "".
func (r Resource) text(path string) string {
	value, _ := r.lookup(path)
	text, _ := value.(string)
	return text
}

// flag is a boolean, false when it is not there.
func (r Resource) flag(path string) bool {
	value, _ := r.lookup(path)
	flag, _ := value.(bool)
	return flag
}

// list is an array, nil when it is not there.
func (r Resource) list(path string) []any {
	value, _ := r.lookup(path)
	list, _ := value.([]any)
	return list
}

// number is a number, also one written as a string. What is not there is
// otherwise.
func (r Resource) number(path string, otherwise float64) (float64, error) {
	value, there := r.lookup(path)
	if !there {
		return otherwise, nil
	}
	switch value := value.(type) {
	case float64:
		return value, nil
	case int:
		return float64(value), nil
	case string:
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			return number, nil
		}
	}
	return 0, fmt.Errorf("%s: %s: %v is not a number", r, path, value)
}

// required is a number that must be there.
func (r Resource) required(path string) (float64, error) {
	if _, there := r.lookup(path); !there {
		return 0, fmt.Errorf("%s: %s is not known", r, path)
	}
	return r.number(path, 0)
}

// part is an object inside the resource, as a resource of its own to look into.
func (r Resource) part(value any) Resource {
	properties, _ := value.(map[string]any)
	return Resource{Type: r.Type, Name: r.Name, Component: r.Component, Properties: properties}
}
