// Package problem holds the errors that commands end with: what is wrong, what
// to do about it, and the exit code.
package problem

import (
	"errors"
	"fmt"
)

// Problem is what is wrong and what to do next.
type Problem struct {
	What, Todo string
	// Code is the exit code of the command. Default: 1.
	Code int
	// Cause is the error behind it, if there is one; What does not repeat it.
	Cause error
}

// Error is two lines: what is wrong, and what to do next.
func (p *Problem) Error() string {
	text := p.What
	if p.Cause != nil {
		text += ": " + p.Cause.Error()
	}
	if p.Todo != "" {
		text += "\n  next: " + p.Todo
	}
	return text
}

// Unwrap is the error behind the problem.
func (p *Problem) Unwrap() error { return p.Cause }

// Exit ends a command with an exit code and without a further word.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Code is the exit code for an error, and whether there is something to say.
func Code(err error) (code int, say bool) {
	var exit Exit
	var p *Problem
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &exit):
		return int(exit), false
	case errors.As(err, &p) && p.Code != 0:
		return p.Code, true
	}
	return 1, true
}
