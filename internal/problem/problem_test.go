package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"gitlab.com/slipway/slipway/internal/problem"
)

func TestText(t *testing.T) {
	cause := errors.New("no route")
	for want, p := range map[string]*problem.Problem{
		"the task is gone":                              {What: "the task is gone"},
		"the task is gone\n  next: try again":           {What: "the task is gone", Todo: "try again"},
		"the task is gone: no route\n  next: try again": {What: "the task is gone", Todo: "try again", Cause: cause},
		"can't log in: no route":                        {What: "can't log in", Cause: cause, Code: 9},
	} {
		if p.Error() != want {
			t.Errorf("got %q, want %q", p.Error(), want)
		}
		if p.Cause != nil && !errors.Is(p, cause) {
			t.Errorf("%q lost its cause", want)
		}
	}
}

func TestCode(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code int
		say  bool
	}{
		"none":            {nil, 0, false},
		"any":             {errors.New("x"), 1, true},
		"problem":         {&problem.Problem{What: "x"}, 1, true},
		"its own":         {&problem.Problem{What: "x", Code: 125}, 125, true},
		"wrapped":         {fmt.Errorf("run: %w", &problem.Problem{What: "x", Code: 125}), 125, true},
		"a command's":     {problem.Exit(3), 3, false},
		"a wrapped one's": {fmt.Errorf("run: %w", problem.Exit(3)), 3, false},
	} {
		if code, say := problem.Code(test.err); code != test.code || say != test.say {
			t.Errorf("%s: got %d, %t", name, code, say)
		}
	}
}
