package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/recovery"
	"gitlab.com/slipway/slipway/internal/problem"
)

// stateCommand looks at and repairs a stack's state in its bucket.
func stateCommand(t terminal) *cobra.Command {
	command := &cobra.Command{
		Use:   "state",
		Short: "List the stacks and the versions of a state, restore one, remove stale locks, share what there is",
		Long: `The state bucket keeps every version of a stack's state. list names the stacks,
history the versions, restore makes one of them the latest again, unlock removes
locks that a killed pulumi left behind. share writes a copy without secrets, of
which outputs prints the stack's outputs.`,
	}
	command.AddCommand(listCommand(t), historyCommand(t), restoreCommand(t), unlockCommand(t), shareCommand(t), outputsCommand(t))
	return command
}

func listCommand(t terminal) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "list",
		Short: "List the stacks, and when their states were written",
		Long:  `Lists the project's stacks in the state bucket. It reads no state, so that it works under the role of any one stack, as pulumi stack ls does not.`,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			in, err := openBackend(command.Context(), "")
			if err != nil {
				return err
			}
			stacks, err := in.Stacks(command.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return t.json(stacks)
			}
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "STACK\tWRITTEN (UTC)\t")
			for _, stack := range stacks {
				fmt.Fprintf(table, "%s\t%s\n", stack.Name, stack.Written.Format(time.DateTime))
			}
			return table.Flush()
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func historyCommand(t terminal) *cobra.Command {
	var stack string
	command := &cobra.Command{
		Use:   "history --stack STACK",
		Short: "List the versions of the state, the newest first",
		Long:  `Lists the versions of the stack's state that the bucket still has, the newest first.`,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			in, err := openBackend(command.Context(), stack)
			if err != nil {
				return err
			}
			versions, err := in.Versions(command.Context())
			if err != nil {
				return err
			}
			if len(versions) == 0 {
				return &problem.Problem{What: fmt.Sprintf("the bucket %s has no state of %s", in.Bucket, in.Name()), Todo: "deploy the stack first"}
			}
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "VERSION\tWRITTEN (UTC)\tBYTES\t")
			for _, v := range versions {
				size, note := fmt.Sprint(v.Size), ""
				if v.Deleted {
					size, note = "-", "deleted here"
				}
				if v.Latest {
					note = "latest " + note
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", v.ID, v.Time.UTC().Format(time.DateTime), size, note)
			}
			return table.Flush()
		},
	}
	command.Flags().StringVar(&stack, "stack", "", "stack to work on (required)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
	return command
}

func restoreCommand(t terminal) *cobra.Command {
	w := writing{errs: t.errs}
	var version string
	command := &cobra.Command{
		Use:   "restore --stack STACK --version VERSION",
		Short: "Make an older version of the state the latest",
		Long: `Makes an older version of the stack's state the latest, under the stack's lease.
What was the latest before stays a version. Run a preview afterwards: it shows
what AWS and the restored state differ in.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return w.do(command.Context(), "state restore", func(s *session) error {
				state, err := s.backend.Restore(s.lease.Context(), version)
				if err != nil {
					return &problem.Problem{What: fmt.Sprintf("version %s was not restored", version), Todo: "choose one that slipway state history lists as written, not deleted", Cause: err}
				}
				fmt.Fprintf(t.out, "restored version %s of %s: %d resources. See make preview for what AWS differs in.\n", version, s.backend.Name(), len(state.Resources))
				return nil
			})
		},
	}
	w.register(command)
	command.Flags().StringVar(&version, "version", "", "version to restore, as slipway state history lists it (required)")
	cobra.CheckErr(command.MarkFlagRequired("version"))
	return command
}

func unlockCommand(t terminal) *cobra.Command {
	w := writing{errs: t.errs, keepLocks: true}
	var force bool
	command := &cobra.Command{
		Use:   "unlock --stack STACK",
		Short: "Remove locks that a killed pulumi left behind",
		Long: `Removes Pulumi's lock files of processes that have ended, under the stack's
lease. With --force it removes those of processes that may still run, too: be
sure that they do not, for two that write at once destroy the state.

The lease itself needs no unlocking: it runs out when its holder has ended.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return w.do(command.Context(), "state unlock", func(s *session) error {
				if err := recovery.BreakLocks(s.lease.Context(), s.backend, s.lease.Left(), force, w.say); err != nil {
					return err
				}
				fmt.Fprintf(t.out, "%s is not locked\n", s.backend.Name())
				return nil
			})
		},
	}
	w.register(command)
	command.Flags().BoolVar(&force, "force", false, "remove locks of processes that may still run")
	return command
}

// openBackend opens the state bucket for a command that only reads.
func openBackend(ctx context.Context, stack string) (*backend.Backend, error) {
	in, err := uncheckedBackend(ctx, stack)
	if err != nil {
		return nil, err
	}
	return in, in.Check(ctx)
}

// uncheckedBackend opens it under a role that may read one object of it.
func uncheckedBackend(ctx context.Context, stack string) (*backend.Backend, error) {
	project, err := projectName()
	if err != nil {
		return nil, err
	}
	configuration, err := backend.Load(ctx, os.Getenv("PULUMI_BACKEND_URL"))
	if err != nil {
		return nil, notLoggedIn(err)
	}
	return backend.Open(os.Getenv("PULUMI_BACKEND_URL"), project, stack, configuration)
}
