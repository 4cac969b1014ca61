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

// commands are all commands, each in a file of its own, with the document about
// it. A command that can't do what it should returns an error of package problem,
// which decides its exit code.
var commands = []struct {
	make func(terminal) *cobra.Command
	page string
}{
	{baseImagesCommand, "docs/operations.md#patch-the-base-images"},
	{commentCommand, "docs/pipeline.md#the-note"},
	{costCommand, "README.md#on-aws"},
	{doctorCommand, "docs/operations.md#on-an-aws-account"},
	{driftCommand, "docs/pipeline.md#the-issue"},
	{graphCommand, "docs/architecture.md#the-components"},
	{leaseCommand, "docs/state.md#the-lease"},
	{logsCommand, "docs/operations.md#see-how-it-is"},
	{manageCommand, "docs/operations.md#run-a-command-open-a-shell"},
	{planCommand, "docs/pipeline.md#the-plan"},
	{previewCommand, "docs/pipeline.md#the-preview"},
	{referenceCommand, "docs/configuration.md"},
	{rotateCommand, "docs/operations.md#rotate-secrets"},
	{reviewCommand, "docs/pipeline.md#review-environments"},
	{shellCommand, "docs/operations.md#run-a-command-open-a-shell"},
	{superuserCommand, "docs/operations.md#the-first-administrator"},
	{stateCommand, "docs/state.md#an-older-state"},
	{statusCommand, "docs/operations.md#see-how-it-is"},
	{timingCommand, "docs/operations.md#deploy"},
	{watchCommand, "docs/runbook.md"},
}

// run runs one command and returns its exit code.
func run(ctx context.Context, args []string, t terminal) int {
	root := &cobra.Command{
		Use:               "slipway",
		Short:             "Prices and times the environments, pins what they are built on, guards their state, tells GitLab about them, watches them, runs one-off commands and opens shells in them",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.errs)
	pages := map[*cobra.Command]string{}
	for _, command := range commands {
		made := command.make(t)
		pages[made] = command.page
		root.AddCommand(made)
	}
	executed, err := root.ExecuteContextC(ctx)
	code, say := problem.Code(err)
	if say {
		fmt.Fprintf(t.errs, "error: %v\n", err)
		for ; executed != nil; executed = executed.Parent() {
			if page, has := pages[executed]; has {
				fmt.Fprintf(t.errs, "  more: %s\n", page)
			}
		}
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
