// Package markdown reads from a document what can rot: links, anchors, code.
package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Document is one Markdown file.
type Document struct {
	// Path is the file's, with slashes, from the root of the repository.
	Path string
	// Anchors are what a link may name after #, the same on GitHub and GitLab.
	Anchors map[string]bool
	Links   []Link
	Code    []Code
	// Rows are the rows of all tables without their headings.
	Rows []Row
}

// Link is a link or an image, in Markdown or HTML.
type Link struct {
	Target string
	Line   int
}

// Code is a code span, or a block with the language that its fence names.
type Code struct {
	Text     string
	Block    bool
	Language string
	// Line is the line of the text's first character, from 1.
	Line int
}

// Row is a row of a table: for each cell what it says, its links and its code
// spans.
type Row struct {
	Line  int
	Cells []Cell
}

// Cell is one cell of a table.
type Cell struct {
	Text  string
	Links []string
	Code  []string
}

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// Parse reads a document in GitHub's Markdown, which GitLab understands as well.
func Parse(path string, source []byte) *Document {
	r := &reader{source: source, headings: newAnchors(), document: &Document{Path: path}}
	// Visiting never fails.
	_ = ast.Walk(parser.Parse(text.NewReader(source)), r.visit)
	r.document.Anchors = r.headings.all()
	return r.document
}

// reader collects a document while its nodes are visited in their order.
type reader struct {
	source   []byte
	headings *anchors
	document *Document
}

func (r *reader) visit(node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch node := node.(type) {
	case *ast.Heading:
		r.headings.add(r.plain(node))
	case *ast.Link:
		r.link(string(node.Destination), node)
	case *ast.Image:
		r.link(string(node.Destination), node)
	case *ast.AutoLink:
		target := string(node.URL(r.source))
		if node.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(target, "mailto:") {
			target = "mailto:" + target
		}
		r.link(target, node)
	case *ast.CodeSpan:
		r.document.Code = append(r.document.Code, Code{Text: r.plain(node), Line: r.line(node)})
	case *ast.FencedCodeBlock:
		r.block(node.Lines(), string(node.Language(r.source)))
	case *ast.CodeBlock:
		r.block(node.Lines(), "")
	case *ast.RawHTML:
		r.html(node.Segments, r.line(node))
	case *ast.HTMLBlock:
		r.html(node.Lines(), r.line(node))
	case *east.TableRow:
		r.row(node)
	}
	return ast.WalkContinue, nil
}

func (r *reader) link(target string, node ast.Node) {
	r.document.Links = append(r.document.Links, Link{Target: target, Line: r.line(node)})
}

func (r *reader) block(lines *text.Segments, language string) {
	if lines.Len() == 0 {
		return
	}
	r.document.Code = append(r.document.Code, Code{
		Text: string(lines.Value(r.source)), Block: true, Language: language, Line: r.lineAt(lines.At(0).Start),
	})
}

func (r *reader) row(node *east.TableRow) {
	row := Row{Line: r.line(node)}
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		cell := Cell{Text: r.plain(child)}
		_ = ast.Walk(child, func(inner ast.Node, entering bool) (ast.WalkStatus, error) {
			switch inner := inner.(type) {
			case *ast.Link:
				if entering {
					cell.Links = append(cell.Links, string(inner.Destination))
				}
			case *ast.CodeSpan:
				if entering {
					cell.Code = append(cell.Code, r.plain(inner))
				}
			}
			return ast.WalkContinue, nil
		})
		row.Cells = append(row.Cells, cell)
	}
	r.document.Rows = append(r.document.Rows, row)
}

// plain is the text of a node without marks.
func (r *reader) plain(node ast.Node) string {
	var plain strings.Builder
	_ = ast.Walk(node, func(inner ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch inner := inner.(type) {
		case *ast.Text:
			plain.Write(inner.Value(r.source))
			if inner.SoftLineBreak() || inner.HardLineBreak() {
				plain.WriteByte(' ')
			}
		case *ast.String:
			plain.Write(inner.Value)
		}
		return ast.WalkContinue, nil
	})
	return plain.String()
}

// line is the line where a node, or the nearest one around it, begins.
func (r *reader) line(node ast.Node) int {
	for ; node != nil; node = node.Parent() {
		if node.Pos() >= 0 {
			return r.lineAt(node.Pos())
		}
	}
	return 1
}

func (r *reader) lineAt(offset int) int { return 1 + bytes.Count(r.source[:offset], []byte("\n")) }
