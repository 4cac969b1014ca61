package check

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// call is a command with its arguments, in the line of the document.
type call struct {
	line  int
	words []string
}

// ours tells the code that is worth reading as commands.
var ours = regexp.MustCompile(`(^|[\s;&|($/"'])(make|slipway)(\s|$)`)

// calls are the commands that a piece of code shows: all of a block that is
// fenced as sh, what follows the prompts of one fenced as console, and a span or
// a block without a language as far as it is shell.
func (c *checker) calls(path string, code markdown.Code) []call {
	if !ours.MatchString(code.Text) {
		return nil
	}
	switch {
	case code.Block && slices.Contains([]string{"sh", "bash", "shell"}, code.Language):
		found, err := parse(code.Text, code.Line)
		if err != nil {
			c.problem(path, code.Line, "this is not shell: %v (write placeholders in CAPITALS)", err)
		}
		return found
	case code.Block && code.Language != "" && code.Language != "console":
		return nil
	}
	var all []call
	for i, line := range strings.Split(code.Text, "\n") {
		line, prompt := strings.CutPrefix(line, "$ ")
		if code.Language == "console" && !prompt {
			continue
		}
		found, err := parse(line, code.Line+i)
		if err != nil && !code.Block && isOurs(strings.Fields(line)) {
			c.problem(path, code.Line+i, "%q is not shell: %v (write placeholders in CAPITALS)", line, err)
		}
		all = append(all, found...)
	}
	return all
}

func parse(text string, line int) ([]call, error) {
	file, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	var wrong syntax.ParseError
	if errors.As(err, &wrong) {
		return nil, errors.New(wrong.Text) // without the place, which is the code's own
	}
	if err != nil {
		return nil, err
	}
	var found []call
	syntax.Walk(file, func(node syntax.Node) bool {
		if expression, ok := node.(*syntax.CallExpr); ok && len(expression.Args) > 0 {
			words := make([]string, len(expression.Args))
			for i, word := range expression.Args {
				words[i] = written(word)
			}
			found = append(found, call{line: line + int(expression.Pos().Line()) - 1, words: words})
		}
		return true
	})
	return found, nil
}

// written is a word as it was written.
func written(word *syntax.Word) string {
	var text strings.Builder
	// Printing what was just parsed, to memory, does not fail.
	_ = syntax.NewPrinter().Print(&text, word)
	return text.String()
}
