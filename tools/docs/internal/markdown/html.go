package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// html reads the links, images and anchors of HTML among the Markdown.
func (r *reader) html(segments *text.Segments, line int) {
	tokens := html.NewTokenizer(bytes.NewReader(segments.Value(r.source)))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return // the end: the tokenizer takes any text
		}
		at := line
		line += bytes.Count(tokens.Raw(), []byte("\n"))
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := tokens.Token()
		for _, attribute := range token.Attr {
			switch attribute.Key {
			case "href", "src":
				r.document.Links = append(r.document.Links, Link{Target: attribute.Val, Line: at})
			case "srcset":
				for _, candidate := range strings.Split(attribute.Val, ",") {
					if fields := strings.Fields(candidate); len(fields) > 0 {
						r.document.Links = append(r.document.Links, Link{Target: fields[0], Line: at})
					}
				}
			case "id":
				r.headings.explicit[attribute.Val] = true
			case "name":
				if token.Data == "a" {
					r.headings.explicit[attribute.Val] = true
				}
			}
		}
	}
}
