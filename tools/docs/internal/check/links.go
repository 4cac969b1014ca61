package check

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// schemes are those that a document may link to. Whether anybody answers there
// is not looked at: tests run offline.
var schemes = []string{"https", "http", "mailto"}

func (c *checker) link(from string, link markdown.Link) {
	target, err := url.Parse(link.Target)
	if err != nil {
		c.problem(from, link.Line, "link to %s: not a URL: %v", link.Target, err)
		return
	}
	if target.Scheme != "" {
		c.external(from, link, target)
		return
	}
	to := from
	switch {
	case strings.HasPrefix(target.Path, "/"): // from the repository's root
		to = path.Clean(target.Path[1:])
	case target.Path != "":
		to = path.Join(path.Dir(from), target.Path)
	}
	if !c.exists(to) {
		c.problem(from, link.Line, "link to %s: there is no %s", link.Target, to)
		return
	}
	if target.Fragment != "" {
		c.anchor(from, to, link, target.Fragment)
	}
}

func (c *checker) external(from string, link markdown.Link, target *url.URL) {
	switch {
	case !slices.Contains(schemes, target.Scheme):
		c.problem(from, link.Line, "link to %s: not one of %s", link.Target, strings.Join(schemes, ", "))
	case target.Scheme == "mailto":
		if !strings.Contains(target.Opaque, "@") {
			c.problem(from, link.Line, "link to %s: not an address", link.Target)
		}
	case !strings.Contains(target.Hostname(), "."):
		c.problem(from, link.Line, "link to %s: not a host with a domain", link.Target)
	}
}

func (c *checker) anchor(from, to string, link markdown.Link, fragment string) {
	if document := c.documents[to]; document != nil {
		if !document.Anchors[fragment] {
			c.problem(from, link.Line, "link to %s: no heading of %s has that anchor, the same on GitHub and GitLab", link.Target, to)
		}
		return
	}
	first, last, ok := lineRange(fragment)
	if !ok {
		c.problem(from, link.Line, "link to %s: %s has no headings; name lines as #L3 or #L3-L5", link.Target, to)
		return
	}
	source, err := fs.ReadFile(c.Files, to)
	if err != nil {
		c.problem(from, link.Line, "link to %s: %v", link.Target, err)
		return
	}
	if lines := bytes.Count(source, []byte("\n")); first < 1 || last < first || last > lines {
		c.problem(from, link.Line, "link to %s: %s has the lines 1 to %d", link.Target, to, lines)
	}
}

var lines = regexp.MustCompile(`^L(\d{1,6})(?:-L(\d{1,6}))?$`)

// lineRange are the lines that an anchor names in a file that is no document.
func lineRange(anchor string) (first, last int, ok bool) {
	match := lines.FindStringSubmatch(anchor)
	if match == nil {
		return 0, 0, false
	}
	first, _ = strconv.Atoi(match[1]) // digits, as the pattern says
	last = first
	if match[2] != "" {
		last, _ = strconv.Atoi(match[2])
	}
	return first, last, true
}
