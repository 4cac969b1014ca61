package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/internal/problem"
)

// terminal is where a command reads and writes. Results go to out; what a
// command does and what goes wrong go to errs.
type terminal struct {
	in        *os.File
	out, errs io.Writer
}

// json writes a result as programs read it.
func (t terminal) json(result any) error {
	encoder := json.NewEncoder(t.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

// commands are all commands, each in a file of its own. A command that can't do
// what it should returns an error of package problem, which decides its exit
// code.
var commands = []func(terminal) *cobra.Command{
	commentCommand,
	costCommand,
	doctorCommand,
	driftCommand,
	graphCommand,
	leaseCommand,
	logsCommand,
	manageCommand,
	referenceCommand,
	shellCommand,
	stateCommand,
	statusCommand,
	timingCommand,
	watchCommand,
}

// run runs one command and returns its exit code.
func run(ctx context.Context, args []string, t terminal) int {
	root := &cobra.Command{
		Use:               "slipway",
		Short:             "Prices and times the environments, guards their state, tells GitLab about them, watches them, runs one-off commands and opens shells in them",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.errs)
	for _, command := range commands {
		root.AddCommand(command(t))
	}
	err := root.ExecuteContext(ctx)
	code, say := problem.Code(err)
	if say {
		fmt.Fprintf(t.errs, "error: %v\n", err)
	}
	return code
}

// interruptible ends its context at the first Ctrl-C or SIGTERM, for commands
// that have something to clear up. The second one ends the process.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
