package check

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// settings are the configuration keys of Pulumi.yaml.
type settings struct {
	mention *regexp.Regexp
	known   map[string]bool
}

func readSettings(files fs.FS) (settings, error) {
	source, err := fs.ReadFile(files, "Pulumi.yaml")
	if err != nil {
		return settings{}, err
	}
	var project struct {
		Name   string
		Config map[string]any
	}
	if err := yaml.Unmarshal(source, &project); err != nil {
		return settings{}, err
	}
	known := map[string]bool{}
	for key := range project.Config {
		known[key] = true
	}
	// slipway:zones, and not the type slipway:network:Network or gitlab.com/slipway:x.
	mention := regexp.MustCompile(`(?:^|[^\w/.-])` + regexp.QuoteMeta(project.Name) + `:([A-Za-z]\w*)(:\w)?`)
	return settings{mention: mention, known: known}, nil
}

func (c *checker) keys(from string) {
	source, err := fs.ReadFile(c.Files, from)
	if err != nil {
		c.problem(from, 1, "%v", err)
		return
	}
	for i, line := range bytes.Split(source, []byte("\n")) {
		for _, match := range c.settings.mention.FindAllSubmatch(line, -1) {
			if key := string(match[1]); len(match[2]) == 0 && !c.settings.known[key] {
				c.problem(from, i+1, "configuration key %s: Pulumi.yaml does not describe it", key)
			}
		}
	}
}

// pathLike is a code span that may be a path: words between slashes, perhaps
// with * for any.
var pathLike = regexp.MustCompile(`^[\w.*-]+(/[\w.*-]+)+/?$|^[\w.-]+/$`)

// path checks a code span that begins with the name of something at the
// repository's root. It may also be meant from the document's own directory.
func (c *checker) path(from string, code markdown.Code) {
	if code.Block || !pathLike.MatchString(code.Text) {
		return
	}
	name := strings.TrimSuffix(code.Text, "/")
	first, _, _ := strings.Cut(name, "/")
	if !c.exists(first) || c.matches(name) || c.matches(path.Join(path.Dir(from), name)) {
		return
	}
	c.problem(from, code.Line, "%s: there is no such file or directory", code.Text)
}

func (c *checker) matches(pattern string) bool {
	if c.exists(pattern) {
		return true
	}
	found, err := fs.Glob(c.Files, pattern)
	return err == nil && strings.Contains(pattern, "*") && len(found) > 0
}
