// Package skips reads skips.yaml, the one list of checks that are not met on
// purpose.
package skips

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Skip is a check that a resource need not pass.
type Skip struct {
	// Check is the check's ID, such as CKV_AWS_378.
	Check string `yaml:"check"`
	// Resource is the address of a resource in the plan. A * in its name stands
	// for any text: aws_lb_target_group.*-edge is that of every stack.
	Resource string `yaml:"resource"`
	// When are the values of the configuration that the reason follows from, by
	// key. Default: it holds in every stack.
	When map[string]string `yaml:"when"`
	// Reason says why: what it would cost, or why it does not apply.
	Reason string `yaml:"reason"`
}

// Covers reports whether the skip is about this check of this resource.
func (s Skip) Covers(check, address string) bool {
	matches, err := path.Match(s.Resource, address)
	return err == nil && matches && s.Check == check
}

// Holds reports whether a stack has the values that the reason follows from; value
// is the stack's value of a key.
func (s Skip) Holds(value func(key string) string) bool {
	for key, wanted := range s.When {
		if value(key) != wanted {
			return false
		}
	}
	return true
}

// String names the skip.
func (s Skip) String() string {
	text := s.Check + " " + s.Resource
	for _, key := range slices.Sorted(maps.Keys(s.When)) {
		text += fmt.Sprintf(" when %s is %q", key, s.When[key])
	}
	return text
}

// leastReason is the length below which a reason can't say anything.
const leastReason = 20

var (
	checkID = regexp.MustCompile(`^CKV2?_AWS_[0-9]+$`)
	// The type has to be exact. The name begins with project and stack, which say
	// nothing about a reason, and goes on with the role.
	resource = regexp.MustCompile(`^aws_[a-z0-9_]+\.\*-[A-Za-z0-9_*-]*[A-Za-z0-9][A-Za-z0-9_*-]*$`)
	// Only a value of the configuration is reason enough for a whole type.
	wholeType = regexp.MustCompile(`^aws_[a-z0-9_]+\.\*$`)
)

// Load reads and checks the list.
func Load(file string) ([]Skip, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the skips: %w", err)
	}
	list, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

func parse(text []byte) ([]Skip, error) {
	var list []Skip
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil && !errors.Is(err, io.EOF) { // Nothing but comments.
		return nil, err
	}
	var problems []error
	problem := func(i int, format string, args ...any) {
		problems = append(problems, fmt.Errorf("entry %d: "+format, append([]any{i + 1}, args...)...))
	}
	seen := map[string]bool{}
	for i, s := range list {
		if !checkID.MatchString(s.Check) {
			problem(i, "check: %q is not an ID such as CKV_AWS_378", s.Check)
		}
		if !resource.MatchString(s.Resource) && (len(s.When) == 0 || !wholeType.MatchString(s.Resource)) {
			problem(i, "resource: %q is not an address such as aws_lb.*-edge: names of stacks are no reason, values of the configuration are (when)", s.Resource)
		}
		if len(strings.TrimSpace(s.Reason)) < leastReason {
			problem(i, "reason: %q says too little", s.Reason)
		}
		if seen[s.String()] {
			problem(i, "%s is there already", s)
		}
		seen[s.String()] = true
	}
	return list, errors.Join(problems...)
}
