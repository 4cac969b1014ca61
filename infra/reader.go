package infra

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// reader reads the configuration keys of the project and collects what is wrong
// with them, so that one error can name every bad key.
type reader struct {
	lookup    func(key string) (string, bool)
	namespace string
	given     []string
	known     []string
	unread    map[string]bool
	settings  []setting
	problems  []error
}

func newReader(ctx *pulumi.Context) *reader {
	return &reader{
		lookup:    ctx.GetConfig,
		namespace: ctx.Project(),
		given:     givenKeys(),
		unread:    map[string]bool{},
	}
}

// givenKeys lists all keys that the engine passed, which Context does not tell.
func givenKeys() []string {
	var values map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &values) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(values))
}

func (r *reader) text(key string) string {
	r.known = append(r.known, key)
	value, ok := r.lookup(r.namespace + ":" + key)
	if !ok {
		r.unread[key] = true
		r.problems = append(r.problems, fmt.Errorf("%s:%s is missing", r.namespace, key))
	}
	r.settings = append(r.settings, setting{key, value})
	return value
}

func (r *reader) number(key string) int {
	value := r.text(key)
	if r.unread[key] {
		return 0
	}
	number, err := strconv.Atoi(value)
	if err != nil {
		r.problem(key, fmt.Sprintf("%q must be a whole number", value))
		r.unread[key] = true
	}
	return number
}

func (r *reader) flag(key string) bool {
	value := r.text(key)
	if !r.unread[key] && value != "true" && value != "false" {
		r.problem(key, fmt.Sprintf("%q must be true or false", value))
		r.unread[key] = true
	}
	return value == "true"
}

// list reads a list of texts, which the engine passes on as JSON.
func (r *reader) list(key string) []string {
	value := r.text(key)
	if r.unread[key] {
		return nil
	}
	var items []string
	if err := json.Unmarshal([]byte(value), &items); err != nil {
		r.problem(key, fmt.Sprintf("%q must be a list of texts such as [one, two], or []", value))
		r.unread[key] = true
	}
	r.settings[len(r.settings)-1].value = strings.Join(items, ", ")
	return items
}

// rejectUnknown reports keys that nothing reads: most often a misspelling that
// would otherwise be passed over in silence.
func (r *reader) rejectUnknown() {
	for _, given := range r.given {
		key, own := strings.CutPrefix(given, r.namespace+":")
		if own && !slices.Contains(r.known, key) {
			r.problem(key, "is not a key of this project: see the list in Pulumi.yaml")
		}
	}
}

func (r *reader) between(key string, value, low, high int) {
	if value < low || value > high {
		r.problem(key, fmt.Sprintf("%d must be %d to %d", value, low, high))
	}
}

func (r *reader) oneOf(key, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		r.problem(key, fmt.Sprintf("%q must be one of %s", value, strings.Join(allowed, ", ")))
	}
}

func (r *reader) once(key string, values []string) {
	for i, value := range values {
		if slices.Index(values, value) < i {
			r.problem(key, fmt.Sprintf("%q is given twice", value))
		}
	}
}

func (r *reader) check(key string, err error) {
	if err != nil {
		r.problem(key, err.Error())
	}
}

func (r *reader) problem(key, what string) {
	switch {
	case r.unread[key]:
	case key == "":
		r.problems = append(r.problems, errors.New(what))
	default:
		r.problems = append(r.problems, fmt.Errorf("%s:%s: %s", r.namespace, key, what))
	}
}

func (r *reader) err(stack string) error {
	if len(r.problems) == 0 {
		return nil
	}
	return fmt.Errorf("the configuration of stack %s can't be used; nothing was created. Correct Pulumi.%s.yaml:\n%w", stack, stack, errors.Join(r.problems...))
}
