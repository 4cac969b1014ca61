package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// known is an accepted difference.
type known struct {
	text    string // as written
	pattern *regexp.Regexp
	used    bool
}

// parseKnown reads the list of accepted differences: paragraphs of a reason,
// in lines that start with "# ", and the differences that it explains, one a
// line. In a path ** stands for anything.
func parseKnown(content string) ([]*known, error) {
	var all []*known
	var problems []error
	reason := false
	for number, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = false
		case strings.HasPrefix(line, "#"):
			reason = true
		case !reason:
			problems = append(problems, fmt.Errorf("line %d has no reason above it: %s", number+1, line))
		default:
			all = append(all, accept(line))
		}
	}
	return all, errors.Join(problems...)
}

// newer returns the differences that the mapping table itself declares.
func newer() []*known {
	var all []*known
	for _, r := range mapping.Resources() {
		for _, n := range r.Newer {
			for _, d := range []Direction{Input, Output} {
				all = append(all, accept(prefix(r.Token(), d)+n+": "+OnlySDK))
			}
		}
	}
	return all
}

func accept(text string) *known {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(text), `\*\*`, ".*")
	return &known{text: text, pattern: regexp.MustCompile("^" + pattern + "$")}
}

// check returns an error for each difference that is not known and for each
// known difference that is none any more.
func check(found []Difference, accepted []*known) error {
	var problems []error
	for _, d := range found {
		explained := false
		for _, k := range accepted {
			if k.pattern.MatchString(d.String()) {
				k.used, explained = true, true
			}
		}
		if !explained {
			problems = append(problems, fmt.Errorf("not known: %s", d))
		}
	}
	for _, k := range accepted {
		if !k.used {
			problems = append(problems, fmt.Errorf("no difference any more: %s", k.text))
		}
	}
	return errors.Join(problems...)
}
