package check

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// target is one of the Makefile's.
type target struct{ helped bool }

var rule = regexp.MustCompile(`(?m)^([A-Za-z0-9_-]+):(?:[^=\n].*?)?(##-? .*)?$`)

func readTargets(files fs.FS) (map[string]target, error) {
	source, err := fs.ReadFile(files, "Makefile")
	if err != nil {
		return nil, err
	}
	targets := map[string]target{}
	for _, match := range rule.FindAllStringSubmatch(string(source), -1) {
		targets[match[1]] = target{helped: match[2] != ""}
	}
	return targets, nil
}

// wrappers are commands whose arguments are a command.
var wrappers = []string{"sudo", "time", "env", "nice", "exec", "with-aws"}

// isOurs reports whether words are a call of make or slipway.
func isOurs(words []string) bool { return len(unwrap(words)) > 0 }

// unwrap cuts off what stands before make or slipway; nothing is left when it is
// another command.
func unwrap(words []string) []string {
	for i, word := range words {
		switch name := path.Base(word); {
		case name == "make", name == "slipway" && !strings.HasSuffix(word, "/slipway/slipway"):
			return words[i:]
		case !slices.Contains(wrappers, name) && !strings.Contains(word, "="):
			return nil
		}
	}
	return nil
}

func (c *checker) commands(from string, code markdown.Code) {
	for _, call := range c.calls(from, code) {
		words := unwrap(call.words)
		switch {
		case len(words) == 0:
		case path.Base(words[0]) == "make":
			c.make(from, call.line, words[1:])
		default:
			c.slipway(from, call.line, words[1:])
		}
	}
}

// placeholder is what a reader puts something in for, or the rest of a sentence.
var placeholder = regexp.MustCompile(`^([A-Z][A-Z_-]*|\.\.\.|…)$`)

func (c *checker) make(from string, line int, words []string) {
	for _, word := range words {
		if word == "-C" || word == "-f" {
			return // another Makefile
		}
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") || placeholder.MatchString(word) {
			continue
		}
		switch found, ok := c.targets[word]; {
		case !ok:
			c.problem(from, line, "make %s: the Makefile has no such target", word)
		case !found.helped:
			c.problem(from, line, "make %s: the target has no ## help text, so it is not for people", word)
		}
	}
}

func (c *checker) slipway(from string, line int, words []string) {
	named := words
	if first := slices.IndexFunc(words, func(word string) bool { return strings.HasPrefix(strings.Trim(word, "["), "-") }); first >= 0 {
		named = words[:first]
	}
	if len(named) == 0 || placeholder.MatchString(named[0]) {
		return
	}
	flags, err := c.Flags(named)
	if err != nil {
		c.problem(from, line, "slipway %s: %v", named[0], err)
		return
	}
	for _, word := range words[len(named):] {
		if word == "--" {
			return // the rest is another program's
		}
		// An optional part stands in brackets.
		name, _, _ := strings.Cut(strings.Trim(word, "[]"), "=")
		if strings.HasPrefix(name, "-") && !flags[name] {
			c.problem(from, line, "slipway %s: it has no flag %s", strings.Join(named, " "), name)
		}
	}
}
