package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/goccy/go-graphviz"
)

// Formats are the formats that Write knows.
var Formats = []string{"svg", "dot", "json"}

// Write writes the graph in one of Formats.
func (g *Graph) Write(ctx context.Context, out io.Writer, format string) error {
	switch format {
	case "dot":
		_, err := io.WriteString(out, g.dot())
		return err
	case "json":
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(g)
	case "svg":
		return g.render(ctx, out)
	}
	return fmt.Errorf("unknown format %q: use one of %s", format, strings.Join(Formats, ", "))
}

func (g *Graph) render(ctx context.Context, out io.Writer) error {
	engine, err := graphviz.New(ctx)
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	defer engine.Close()
	graph, err := graphviz.ParseBytes([]byte(g.dot()))
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	defer graph.Close()
	if err := engine.Render(ctx, graph, graphviz.SVG, out); err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	return nil
}

// dot is the graph in Graphviz's language.
func (g *Graph) dot() string {
	var b strings.Builder
	fmt.Fprintf(&b, `digraph slipway {
  graph [label=%s labelloc=t fontname="Helvetica" fontsize=18 rankdir=LR nodesep=0.3 ranksep=0.7 pad=0.3 bgcolor="white"]
  node [shape=record style="rounded,filled" fillcolor="#f3f7fc" color="#3b6ea5" fontname="Helvetica" fontsize=11 margin="0.3,0.08"]
  edge [color="#7a8ba0" arrowsize=0.7]
`, strconv.Quote(g.Title))
	for _, box := range g.Boxes {
		label := escape(box.Name)
		if len(box.Lines) > 0 {
			label = "{" + label + "|"
			for _, line := range box.Lines {
				label += escape(line) + `\l`
			}
			label += "}"
		}
		look := ""
		switch {
		case box.Outside:
			look = ` style="rounded,dashed" fillcolor="white" color="#7a8ba0"`
		case box.Protected:
			look = ` color="#b5471b" penwidth=1.6`
		}
		fmt.Fprintf(&b, "  %s [label=\"%s\"%s]\n", strconv.Quote(box.ID), label, look)
	}
	for _, arrow := range g.Arrows {
		fmt.Fprintf(&b, "  %s -> %s\n", strconv.Quote(arrow.From), strconv.Quote(arrow.To))
	}
	b.WriteString("}\n")
	return b.String()
}

// escape makes a text plain in a record's label.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", `\{`, "}", `\}`, "|", `\|`, "<", `\<`, ">", `\>`).Replace(text)
}
