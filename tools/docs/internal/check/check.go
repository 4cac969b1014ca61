// Package check finds what documents say and the repository no longer holds:
// files, headings, make targets, commands, flags, configuration keys.
package check

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// Problem is one thing in a document that is not true.
type Problem struct {
	Path string
	Line int
	Text string
}

// String is what editors and terminals make a link of.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Text) }

// Repository is what documents are held against.
type Repository struct {
	Files fs.FS
	// Paths are the repository's own files, without ignored ones.
	Paths []string
	// Flags are the flags of one of slipway's commands, such as --stack. The
	// words are the command's and its arguments. It is an error that there is no
	// such command.
	Flags func(words []string) (map[string]bool, error)
}

// Documents checks every Markdown file outside of testdata.
func Documents(repository Repository) ([]Problem, error) {
	c := &checker{Repository: repository, documents: map[string]*markdown.Document{}, directories: map[string]bool{".": true}}
	if err := c.load(); err != nil {
		return nil, err
	}
	for path, document := range c.documents {
		for _, link := range document.Links {
			c.link(path, link)
		}
		for _, code := range document.Code {
			c.commands(path, code)
			c.path(path, code)
		}
		c.keys(path)
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return c.problems, nil
}

type checker struct {
	Repository
	documents map[string]*markdown.Document
	// directories are those of Paths.
	directories map[string]bool
	targets     map[string]target
	settings    settings
	problems    []Problem
}

func (c *checker) load() error {
	for _, path := range c.Paths {
		for i, letter := range path {
			if letter == '/' {
				c.directories[path[:i]] = true
			}
		}
		if !strings.HasSuffix(path, ".md") || slices.Contains(strings.Split(path, "/"), "testdata") {
			continue
		}
		source, err := fs.ReadFile(c.Files, path)
		if err != nil {
			return err
		}
		c.documents[path] = markdown.Parse(path, source)
	}
	var err error
	if c.targets, err = readTargets(c.Files); err != nil {
		return err
	}
	c.settings, err = readSettings(c.Files)
	return err
}

func (c *checker) problem(path string, line int, format string, values ...any) {
	c.problems = append(c.problems, Problem{Path: path, Line: line, Text: fmt.Sprintf(format, values...)})
}

// exists reports whether a path is a file or directory of the repository.
func (c *checker) exists(path string) bool {
	return c.directories[path] || slices.Contains(c.Paths, path)
}
