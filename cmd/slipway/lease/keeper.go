package lease

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gitlab.com/slipway/slipway/internal/problem"
)

// HeldCode is the exit code of a command that gave up waiting for a lease
// (EX_TEMPFAIL: repeat it later).
const HeldCode = 75

// Keeper takes the lease of one stack.
type Keeper struct {
	// Store is where leases are kept. Required.
	Store Store
	// Stack is what is leased. Required.
	Stack string
	// Owner is a name that nobody else has or had. Required.
	Owner string
	// Holder describes this process; Since is filled in.
	Holder Holder
	// TTL is how long the lease lasts without a renewal. Default: DefaultTTL.
	TTL time.Duration
	// Limit is how long to wait for somebody else's lease.
	Limit time.Duration
	// Say tells people what happens, a line at a time. Required.
	Say func(line string)
	// Now is a monotonic clock. Default: Uptime.
	Now func() time.Duration
	// Gone reports whether a holder and its child are proven to have ended.
	// Default: Gone.
	Gone func(holder Holder) bool
}

const (
	// poll is how often a waiter looks, more or less.
	poll = time.Second
	// remind is how often a waiter says that it waits.
	remind = 15 * time.Second
)

// attempt is a write that takes the lease and whose outcome is open.
type attempt struct {
	next Record
	seen Version
	sent time.Duration
}

// Acquire takes the lease, waiting for whoever has it. The error names the
// holder when the limit is reached; when the table can't be read at first, or
// the context ends, nothing has been taken.
func (k *Keeper) Acquire(ctx context.Context) (*Lease, error) {
	k.defaults()
	began := k.Now()
	var last attempt
	watch := watch{}
	for first := true; ; first = false {
		record, err := k.Store.Read(ctx, k.Stack)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, k.interrupted(watch.record)
		case err != nil && (first || k.Now()-began >= k.Limit):
			return nil, &problem.Problem{
				What:  fmt.Sprintf("the lease of %s can't be read, nothing was changed", k.Stack),
				Todo:  "see that the lease table exists (make bootstrap), that it can be reached and that you may use it, then repeat",
				Cause: err,
			}
		case err == nil && record.Owner == k.Owner:
			return k.begin(record, last.sent), nil
		case err == nil:
			watch.see(record, k.Now())
			if reason, free := k.takeable(record, watch.since); free {
				if reason != "" {
					k.Say(reason)
				}
				if last.seen != record.Version || last.next.Owner == "" {
					last = attempt{seen: record.Version, sent: k.Now(), next: k.next(record)}
				}
				err := k.Store.Swap(ctx, last.seen, last.next)
				if err == nil {
					return k.begin(last.next, last.sent), nil
				}
				if !errors.Is(err, ErrChanged) && k.Now()-began >= k.Limit {
					return nil, &problem.Problem{What: fmt.Sprintf("the lease of %s can't be taken, nothing was changed", k.Stack), Todo: "see that you may write to the lease table, then repeat", Cause: err}
				}
				if !errors.Is(err, ErrChanged) && first {
					k.Say(fmt.Sprintf("lease: no answer when taking it, trying again: %v", err))
				}
				break
			}
			if k.Now()-began >= k.Limit {
				return nil, k.gaveUp(record)
			}
			watch.report(k, k.Now()-began)
		}
		select {
		case <-ctx.Done():
			return nil, k.interrupted(watch.record)
		case <-time.After(poll/2 + rand.N(poll)):
		}
	}
}

func (k *Keeper) defaults() {
	if k.TTL <= 0 {
		k.TTL = DefaultTTL
	}
	if k.Now == nil {
		k.Now = Uptime
	}
	if k.Gone == nil {
		k.Gone = Gone
	}
}

// takeable reports whether a lease may be taken that has been seen unchanged
// since then, and why when it is somebody's.
func (k *Keeper) takeable(record Record, since time.Duration) (reason string, free bool) {
	switch {
	case record.Free():
		return "", true
	case k.Gone(record.Holder):
		return fmt.Sprintf("lease: taking it over from %s: that process and all that it started have ended without giving it back", record.Holder), true
	case k.Now()-since >= record.TTL:
		return fmt.Sprintf("lease: taking it over from %s: it was not renewed for %s", record.Holder, record.TTL), true
	}
	return "", false
}

// next is the lease in our hands.
func (k *Keeper) next(seen Record) Record {
	next := Record{
		Version: Version{Owner: k.Owner, Counter: seen.Counter + 1},
		Stack:   k.Stack,
		TTL:     k.TTL,
		Holder:  k.Holder,
		Left:    slices.Clone(seen.Left),
	}
	next.Holder.Since = time.Now()
	if !seen.Free() {
		next.Left = append(next.Left, seen.Holder)
	}
	return next
}

func (k *Keeper) gaveUp(record Record) error {
	return &problem.Problem{
		What: fmt.Sprintf("%s is held by %s; waited %s, nothing was changed", k.Stack, record.Holder, k.Limit),
		Todo: fmt.Sprintf("repeat when it has ended. If it hangs, end it on its machine: the lease is free at most %s later", record.TTL),
		Code: HeldCode,
	}
}

func (k *Keeper) interrupted(record Record) error {
	what := "interrupted before the lease was taken, nothing was changed"
	if !record.Free() {
		what = fmt.Sprintf("interrupted while waiting for %s; nothing was changed", record.Holder)
	}
	return &problem.Problem{What: what, Code: 130}
}

// watch is what a waiter has seen.
type watch struct {
	record   Record
	since    time.Duration
	seen     bool
	reported string
	reminded time.Duration
}

// see notes a lease that was read, and since when it stands still. The time is
// that after the answer: the lease can't have been written later.
func (w *watch) see(record Record, now time.Duration) {
	if !w.seen || w.record.Version != record.Version {
		w.since = now
	}
	w.record, w.seen = record, true
}

// report names the holder, at once when it is another one, else now and then.
func (w *watch) report(k *Keeper, waited time.Duration) {
	switch {
	case w.reported != w.record.Owner:
		k.Say(fmt.Sprintf("lease: %s is held by %s: waiting for up to %s", k.Stack, w.record.Holder, (k.Limit - waited).Round(time.Second)))
	case waited-w.reminded >= remind:
		k.Say(fmt.Sprintf("lease: still waiting for %s (%s of %s)", w.record.Holder, waited.Round(time.Second), k.Limit))
	default:
		return
	}
	w.reported, w.reminded = w.record.Owner, waited
}
