package comment

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gitlab.com/slipway/slipway/cmd/slipway/plan"
)

// longestValue is how much of a value is shown, in characters.
const longestValue = 400

// differences folds the differences of steps away, in the room that there is, in
// characters. Steps that do not fit are counted.
func differences(steps []plan.Step, room int) string {
	const head, foot = "\n<details><summary>Differences</summary>\n", "\n</details>\n"
	const more = "\n%d further resources differ: this note is full. The job's artifact holds the whole preview.\n"
	room -= utf8.RuneCountInString(head) + utf8.RuneCountInString(foot) + utf8.RuneCountInString(more) + 10
	var out strings.Builder
	left := 0
	for _, step := range steps {
		block := "\n" + fence("diff", difference(step))
		length := utf8.RuneCountInString(block)
		if left > 0 || length > room {
			left++
			continue
		}
		room -= length
		out.WriteString(block)
	}
	if left > 0 {
		if room < 0 && out.Len() == 0 {
			return ""
		}
		fmt.Fprintf(&out, more, left)
	}
	if out.Len() == 0 {
		return ""
	}
	return head + out.String() + foot
}

// difference is one step as the text of a diff.
func difference(step plan.Step) string {
	var out strings.Builder
	fmt.Fprintf(&out, "@@ %s %s, %s @@\n", step.Type, step.Name, verbs[step.Op])
	changes := step.Differences()
	for _, change := range changes {
		if change.Before != nil {
			fmt.Fprintf(&out, "- %s: %s\n", change.Path, short(*change.Before))
		}
		if change.After != nil {
			fmt.Fprintf(&out, "+ %s: %s\n", change.Path, short(*change.After))
		}
	}
	if len(changes) == 0 {
		fmt.Fprintln(&out, "  no input differs")
	}
	return out.String()
}

func short(value string) string {
	runes := []rune(value)
	if len(runes) <= longestValue {
		return value
	}
	return fmt.Sprintf("%s… (%d characters)", string(runes[:longestValue]), len(runes))
}
