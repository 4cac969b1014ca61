package recovery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/internal/problem"
)

// Locks are Pulumi's lock files of a stack.
type Locks interface {
	Locks(ctx context.Context) ([]backend.Lock, error)
	Unlock(ctx context.Context, lock backend.Lock) error
}

// BreakLocks removes the lock files of processes that have ended: on this machine
// as the kernel says, elsewhere when their lease was taken over. With force it
// removes all others, too. Only under the lease.
func BreakLocks(ctx context.Context, in Locks, left []lease.Holder, force bool, say func(string)) error {
	locks, err := in.Locks(ctx)
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("tell this machine's locks from others: %w", err)
	}
	var remaining []string
	for _, lock := range locks {
		proof := dead(lock, left, host, running)
		if proof == "" && force {
			proof = "as asked for"
		}
		if proof == "" {
			remaining = append(remaining, lock.String())
			continue
		}
		if err := in.Unlock(ctx, lock); err != nil {
			return err
		}
		say(fmt.Sprintf("recovery: removed %s: %s", lock, proof))
	}
	if len(remaining) == 0 {
		return nil
	}
	return &problem.Problem{
		What: "somebody changes the stack without a lease, or was killed on another machine: " + strings.Join(remaining, "; "),
		Todo: "wait until it has ended. When you know that it has, remove its lock: slipway state unlock --force",
	}
}

// dead says how it is known that the process which wrote a lock has ended, empty
// when it is not.
func dead(lock backend.Lock, left []lease.Holder, host string, running func(pid int) bool) string {
	for _, holder := range left {
		if holder.Host == lock.Host && holder.Child == lock.PID {
			return "its lease was taken over, and a process ends before its lease does"
		}
	}
	if lock.Host == host && !running(lock.PID) {
		return "that process has ended"
	}
	return ""
}

// running reports whether a process of this machine runs. One that has another's
// number may: then its lock stays, and is named.
func running(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
