package markdown_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

const page = `# One & two

[a link](a.md#x) and ![a picture](b.png) and <https://c.example>

## A ` + "`code`" + ` heading, again_
## A code heading, again_

<p><a id="here"></a>
<img src="d.svg"></p>

| question | answer |
|---|---|
| What? | [` + "`e.go`" + `](e.go#L1) ` + "`f` … `g`" + ` |

` + "```sh\nmake up\n```\n"

func TestParse(t *testing.T) {
	document := markdown.Parse("docs/page.md", []byte(page))
	for what, pair := range map[string][2]any{
		// "one--two" on GitHub and "one-two" on GitLab: neither can be linked to.
		"anchors": {slices.Sorted(maps.Keys(document.Anchors)), []string{"a-code-heading-again_", "a-code-heading-again_-1", "here"}},
		"links": {document.Links, []markdown.Link{
			{Target: "a.md#x", Line: 3}, {Target: "b.png", Line: 3}, {Target: "https://c.example", Line: 3},
			{Target: "d.svg", Line: 9}, {Target: "e.go#L1", Line: 13},
		}},
		"code": {document.Code, []markdown.Code{
			{Text: "code", Line: 5}, {Text: "e.go", Line: 13}, {Text: "f", Line: 13}, {Text: "g", Line: 13},
			{Text: "make up\n", Block: true, Language: "sh", Line: 16},
		}},
		"rows": {document.Rows, []markdown.Row{{Line: 13, Cells: []markdown.Cell{
			{Text: "What?"}, {Text: "e.go f … g", Links: []string{"e.go#L1"}, Code: []string{"e.go", "f", "g"}},
		}}}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: got  %+v\n      want %+v", what, pair[0], pair[1])
		}
	}
}
