package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/cmd/slipway/recovery"
	"gitlab.com/slipway/slipway/internal/problem"
)

// leaseCommand runs a pulumi that writes, as the only one.
func leaseCommand(t terminal) *cobra.Command {
	w := writing{errs: t.errs}
	var operation, kept string
	command := &cobra.Command{
		Use:   "lease --stack STACK --operation NAME -- pulumi ARGUMENT...",
		Short: "Run a pulumi that writes (up, destroy, refresh, import) as the only one on its stack",
		Long: `Takes the lease of the stack in a DynamoDB table, clears up after a holder that
was killed, runs the command, and gives the lease back. Whoever holds it already
is named and waited for.

The lease is renewed while the command runs. When that fails the command is
interrupted, and killed before anybody else may take the lease. Ctrl-C and
SIGTERM are passed on: Pulumi then saves its state and ends; a second time it
ends at once.

The exit code is the command's. 4 means that the state has moved since it was
planned for, see slipway plan. 75 means that somebody else held the lease for
longer than --wait: nothing was changed.`,
		Example: `  slipway lease --stack staging --operation up -- pulumi up --yes --stack staging`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return &problem.Problem{What: "no command is given", Todo: "put it after --, as in: slipway lease --stack staging --operation up -- pulumi up --yes --stack staging"}
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			return w.do(command.Context(), operation, func(s *session) error {
				if kept != "" {
					if err := checkPlanned(s.lease.Context(), s.backend, kept); err != nil {
						return err
					}
				}
				code, err := s.run(arguments)
				switch {
				case err != nil:
					return err
				case code < 0:
					return problem.Exit(1)
				case code > 0:
					return problem.Exit(code)
				}
				return nil
			})
		},
	}
	w.register(command)
	command.Flags().StringVar(&operation, "operation", "", "what the command does, for those who wait (required)")
	command.Flags().StringVar(&kept, "planned", "", "directory of slipway plan: run only if the state is what was planned for")
	cobra.CheckErr(command.MarkFlagRequired("operation"))
	return command
}

// writing is what commands have in common that write to a stack's state.
type writing struct {
	stack, configFile, table string
	wait, ttl                time.Duration
	errs                     io.Writer
	// keepLocks leaves the clearing up to the command.
	keepLocks bool
}

func (w *writing) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&w.stack, "stack", "", "stack to work on (required)")
	flags.StringVar(&w.configFile, "config-file", "", "the stack's configuration file, if it is not beside Pulumi.yaml")
	leaseTable(command, &w.table)
	flags.DurationVar(&w.wait, "wait", durationOr("SLIPWAY_LEASE_WAIT", 30*time.Minute), "how long to wait for somebody else (SLIPWAY_LEASE_WAIT)")
	flags.DurationVar(&w.ttl, "ttl", durationOr("SLIPWAY_LEASE_TTL", lease.DefaultTTL), "how long the lease lasts without a renewal, 8s or more (SLIPWAY_LEASE_TTL)")
	cobra.CheckErr(command.MarkFlagRequired("stack"))
}

// leaseTable adds the flag of the leases' table, whose default tableOf knows.
func leaseTable(command *cobra.Command, into *string) {
	command.Flags().StringVar(into, "table", os.Getenv("SLIPWAY_LEASE_TABLE"), "DynamoDB table of the leases (SLIPWAY_LEASE_TABLE); default: PROJECT-leases, which bootstrap makes")
}

// tableOf is the leases' table of a project, which bootstrap makes, unless another
// was given.
func tableOf(project, given string) string { return cmp.Or(given, project+"-leases") }

// durationOr is a duration from the environment. A bad one is reported as a bad
// flag would be, when it is used.
func durationOr(variable string, otherwise time.Duration) time.Duration {
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	parsed, err := time.ParseDuration(value)
	if err != nil {
		return -1
	}
	return parsed
}

// session is a command that holds the lease.
type session struct {
	*writing
	backend    *backend.Backend
	lease      *lease.Lease
	mark       *lease.Mark
	interrupts <-chan struct{}
	// unclean is whether the last pulumi was ended by a signal.
	unclean bool
}

// do does something under the lease of the stack.
func (w *writing) do(ctx context.Context, operation string, what func(*session) error) (err error) {
	if w.ttl < 8*time.Second || w.wait < 0 {
		return &problem.Problem{What: fmt.Sprintf("--ttl %s, --wait %s: not durations to work with", w.ttl, w.wait), Todo: "give a --ttl (SLIPWAY_LEASE_TTL) of 8s or more, such as 2m, and a --wait (SLIPWAY_LEASE_WAIT) of 0s or more"}
	}
	project, err := projectName()
	if err != nil {
		return err
	}
	configuration, err := backend.Load(ctx, os.Getenv("PULUMI_BACKEND_URL"))
	if err != nil {
		return notLoggedIn(err)
	}
	s := &session{writing: w}
	if s.backend, err = backend.Open(os.Getenv("PULUMI_BACKEND_URL"), project, w.stack, configuration); err != nil {
		return err
	}
	if err := s.backend.Check(ctx); err != nil {
		return err
	}
	owner := uuid.NewString()
	if s.mark, err = lease.NewMark(owner); err != nil {
		return err
	}
	ctx, interrupts, stop := passOn(ctx)
	defer stop()
	s.interrupts = interrupts
	keeper := &lease.Keeper{
		Store:  &lease.Table{Client: dynamodb.NewFromConfig(configuration), Name: tableOf(project, w.table)},
		Stack:  s.backend.Name(),
		Owner:  owner,
		Holder: self(operation, s.mark),
		TTL:    w.ttl,
		Limit:  w.wait,
		Say:    w.say,
	}
	if s.lease, err = keeper.Acquire(ctx); err != nil {
		return errors.Join(err, s.mark.Remove())
	}
	defer func() {
		giveBack, cancel := context.WithTimeout(context.Background(), w.ttl/2)
		defer cancel()
		if failed := s.lease.Release(giveBack, s.unclean); failed != nil {
			// The mark stays: it tells this machine that the holder has ended.
			w.say("lease: " + failed.Error())
			return
		}
		if failed := s.mark.Remove(); failed != nil {
			w.say("lease: " + failed.Error())
		}
	}()
	if w.keepLocks {
		return what(s)
	}
	settings, err := environment.Account(".", w.stack)
	if err != nil {
		return err
	}
	account, err := settings.Load(ctx)
	if err != nil {
		return notLoggedIn(err)
	}
	if err := s.recover(ctx, &recovery.Tags{Client: resourcegroupstaggingapi.NewFromConfig(account)}); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return &problem.Problem{What: "interrupted; nothing was changed", Code: 130}
	}
	return what(s)
}

// recover clears up after holders before.
func (s *session) recover(ctx context.Context, tags *recovery.Tags) error {
	if err := recovery.BreakLocks(s.lease.Context(), s.backend, s.lease.Left(), false, s.say); err != nil {
		return err
	}
	pending := &recovery.Pending{States: s.backend, Finder: tags, Say: s.say, Pulumi: func(arguments ...string) error {
		arguments = append(arguments, "--non-interactive", "--stack", s.stack)
		switch {
		case s.configFile == "":
		case arguments[0] == "stack":
			arguments = append([]string{"-C", filepath.Dir(s.configFile)}, arguments...)
		default:
			arguments = append(arguments, "--config-file", s.configFile)
		}
		code, err := s.run(append([]string{"pulumi"}, arguments...))
		if err == nil && code != 0 {
			err = fmt.Errorf("exit code %d", code)
		}
		return err
	}}
	if err := pending.Resolve(ctx); err != nil {
		return err
	}
	if len(s.lease.Left()) > 0 {
		s.lease.Cleared()
	}
	return nil
}

// run runs a program under the lease.
func (s *session) run(arguments []string) (int, error) {
	code, err := s.lease.Run(func() (lease.Process, error) {
		cmd := exec.Command(arguments[0], arguments[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		return lease.StartCommand(cmd, s.mark)
	}, s.interrupts)
	if errors.Is(err, lease.ErrLost) {
		s.unclean = true
		return code, &problem.Problem{
			What:  "pulumi was stopped",
			Todo:  "see that the lease table can be reached, then repeat: the next run goes on from the state that was saved",
			Cause: err,
		}
	}
	s.unclean = code < 0
	return code, err
}

func (w *writing) say(line string) { fmt.Fprintln(w.errs, "==> "+line) }

// passOn turns signals to stop into interrupts of the child; the first one ends
// the context, too. While the lease is held, the terminal can't suspend this
// process: its child would go on.
func passOn(ctx context.Context) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	signal.Ignore(syscall.SIGTSTP)
	interrupts := make(chan struct{}, 8)
	go func() {
		for received := range signals {
			// The terminal has gone: nobody reads, but that is no reason to stop.
			if received == syscall.SIGPIPE {
				continue
			}
			cancel()
			select {
			case interrupts <- struct{}{}:
			default:
			}
		}
	}()
	return ctx, interrupts, func() {
		signal.Stop(signals)
		signal.Reset(syscall.SIGTSTP)
		close(signals)
		cancel()
	}
}

// self describes this process.
func self(operation string, mark *lease.Mark) lease.Holder {
	holder := lease.Holder{PID: os.Getpid(), Operation: operation, Mark: mark.Path(), User: os.Getenv("GITLAB_USER_LOGIN")}
	holder.Host, _ = os.Hostname()
	if holder.Pipeline = os.Getenv("CI_JOB_URL"); holder.Pipeline == "" {
		holder.Pipeline = os.Getenv("CI_PIPELINE_URL")
	}
	if holder.User == "" {
		if current, err := user.Current(); err == nil {
			holder.User = current.Username
		}
	}
	return holder
}

// projectName is the name in Pulumi.yaml.
func projectName() (string, error) {
	if err := environment.Enter(""); err != nil {
		return "", err
	}
	return environment.Project()
}
