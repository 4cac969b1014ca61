package release

import (
	"strings"
)

// quoted is how many lines of a log an error holds: gunicorn's own traceback, which
// comes after that of an app that can't be imported, has 26.
const quoted = 50

// tail passes lines on and keeps the last ones.
type tail struct {
	progress Progress
	lines    []string
}

// Write takes whole lines.
func (t *tail) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		t.lines = append(t.lines, line)
		t.progress(line)
	}
	if extra := len(t.lines) - quoted; extra > 0 {
		t.lines = t.lines[extra:]
	}
	return len(text), nil
}

func (t *tail) quote() string { return quote(t.lines) }

// steps passes on what a runner does, without its mark.
type steps struct{ progress Progress }

// Write takes one line.
func (s *steps) Write(text []byte) (int, error) {
	s.progress(strings.TrimPrefix(strings.TrimSpace(string(text)), "==> "))
	return len(text), nil
}

// quote is a log's end in an error.
func quote(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n  last lines of its log:\n    " + strings.Join(lines, "\n    ")
}
