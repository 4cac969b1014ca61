package comment

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

var backticks = regexp.MustCompile("`{3,}")

// fence puts a text into a code block that nothing in it can end.
func fence(language, text string) string {
	marks := "```"
	for _, found := range backticks.FindAllString(text, -1) {
		if len(found) >= len(marks) {
			marks = found + "`"
		}
	}
	return marks + language + "\n" + strings.TrimRight(text, "\n") + "\n" + marks + "\n"
}

// quoted puts lines into a block quote.
func quoted(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n> ") + "\n"
}

// cell makes a text fit into a table: one line, no bars.
func cell(text string) string {
	return strings.NewReplacer("\n", "; ", "|", `\|`).Replace(text)
}

// cut keeps the first characters of a text, and says so when there were more.
func cut(text string, limit int) string {
	const more = "\n\n… this note is full: the job's log holds the rest.\n"
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-utf8.RuneCountInString(more)]) + more
}

func amount(usd float64) string { return fmt.Sprintf("%.2f", usd) }

// minutes is a time in seconds for people, such as "2 min 30 s".
func minutes(seconds float64) string {
	whole := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if whole < time.Minute {
		return fmt.Sprintf("%d s", int(whole.Seconds()))
	}
	if rest := whole % time.Minute; rest > 0 {
		return fmt.Sprintf("%d min %d s", int(whole.Minutes()), int(rest.Seconds()))
	}
	return fmt.Sprintf("%d min", int(whole.Minutes()))
}
