package lease_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/lease"
	"gitlab.com/slipway/slipway/internal/problem"
)

// memory is a table that always answers, unless it is broken.
type memory struct {
	mu     sync.Mutex
	record lease.Record
	broken error
	writes int
}

func (m *memory) Read(context.Context, string) (lease.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.record, m.broken
}

func (m *memory) Swap(_ context.Context, seen lease.Version, next lease.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if m.record.Version != seen {
		return lease.ErrChanged
	}
	m.record = next
	m.writes++
	return nil
}

func (m *memory) get() lease.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.record
}

func (m *memory) set(to func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	to(m)
}

// keeper is one with a virtual clock; what it says goes to lines.
func keeper(in lease.Store, owner string, lines *[]string) *lease.Keeper {
	var mu sync.Mutex
	began := time.Now()
	return &lease.Keeper{
		Store: in, Stack: "slipway/staging", Owner: owner, Limit: 10 * time.Minute,
		Holder: lease.Holder{User: "ann", Host: "laptop", PID: 12, Operation: "up", Pipeline: "https://gitlab.example.com/jobs/7"},
		Say: func(line string) {
			mu.Lock()
			defer mu.Unlock()
			*lines = append(*lines, line)
		},
		Now:  func() time.Duration { return time.Hour + time.Since(began) },
		Gone: func(lease.Holder) bool { return false },
	}
}

// take is a lease that nobody else wants.
func take(t *testing.T, in lease.Store, lines *[]string) *lease.Lease {
	t.Helper()
	held, err := keeper(in, "one", lines).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func TestTakeRenewGiveBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{}, []string{}
		held := take(t, table, &lines)
		taken := table.get()
		if taken.Owner != "one" || taken.Counter != 1 || taken.TTL != lease.DefaultTTL || taken.Holder.Since.IsZero() {
			t.Errorf("took %+v", taken)
		}
		time.Sleep(10 * time.Minute)
		if renewed := table.get(); renewed.Counter < 30 || renewed.Owner != "one" {
			t.Errorf("renewed %+v", renewed)
		}
		if err := held.Release(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if released := table.get(); !released.Free() || len(released.Left) != 0 {
			t.Errorf("gave back %+v", released)
		}
		if len(lines) != 0 {
			t.Errorf("said %q", lines)
		}
	})
}

func TestWhoeverWaitsIsToldWhoHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{}, []string{}
		first, err := keeper(table, "one", &lines).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = keeper(table, "two", &lines).Acquire(t.Context())
		var p *problem.Problem
		if !errors.As(err, &p) || p.Code != lease.HeldCode || !strings.Contains(p.What, "slipway/staging is held by ann@laptop (pulumi up, process 12) since ") || !strings.Contains(p.What, "https://gitlab.example.com/jobs/7") {
			t.Errorf("got %v", err)
		}
		if len(lines) < 30 || !strings.HasPrefix(lines[0], "lease: slipway/staging is held by ann@laptop") || !strings.Contains(lines[5], "still waiting for ann@laptop") {
			t.Errorf("said %q", lines)
		}
		if err := first.Release(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	})
}

func TestALeaseThatStandsStillIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := lease.Record{Version: lease.Version{Owner: "dead", Counter: 7}, Stack: "slipway/staging", TTL: time.Minute, Holder: lease.Holder{Host: "there", Child: 5}, Left: []lease.Holder{{Host: "elsewhere"}}}
		table, lines := &memory{record: dead}, []string{}
		began := time.Now()
		held, err := keeper(table, "two", &lines).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < time.Minute || waited > time.Minute+2*time.Second {
			t.Errorf("took it over after %s", waited)
		}
		if left := held.Left(); len(left) != 2 || left[1].Child != 5 {
			t.Errorf("left by %v", left)
		}
		held.Cleared()
		if err := held.Release(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if got := table.get(); len(got.Left) != 0 || !got.Free() {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAHolderThatHasEndedIsTakenOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := lease.Record{Version: lease.Version{Owner: "dead", Counter: 7}, TTL: time.Minute, Holder: lease.Holder{Mark: "/tmp/mark"}}
		table, lines := &memory{record: dead}, []string{}
		k := keeper(table, "two", &lines)
		k.Gone = func(h lease.Holder) bool { return h.Mark == "/tmp/mark" }
		began := time.Now()
		held, err := k.Acquire(t.Context())
		if err != nil || time.Since(began) > 0 {
			t.Fatalf("got %v after %s", err, time.Since(began))
		}
		if err := held.Release(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if left := table.get().Left; len(left) != 2 {
			t.Errorf("left by %v", left)
		}
	})
}

func TestAnUnreadableTableIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{broken: errNoAnswer}, []string{}
		_, err := keeper(table, "one", &lines).Acquire(t.Context())
		if err == nil || !errors.Is(err, errNoAnswer) || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("got %v", err)
		}
	})
}

func TestALostLeaseStopsTheChildBeforeItIsOver(t *testing.T) {
	for name, stubborn := range map[string]bool{"that stops": false, "that does not": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table, lines := &memory{}, []string{}
				held := take(t, table, &lines)
				w := &world{random: random(1), writing: map[int]bool{}, alive: map[string]int{}}
				p := &process{world: w, ctx: t.Context()}
				time.AfterFunc(time.Minute, func() { table.set(func(m *memory) { m.broken = errNoAnswer }) })
				began := time.Now()
				_, err := held.Run(func() (lease.Process, error) { return p.start(time.Hour, stubborn), nil }, nil)
				if !errors.Is(err, lease.ErrLost) {
					t.Errorf("got %v", err)
				}
				if ran := time.Since(began) - time.Minute; ran > lease.DefaultTTL {
					t.Errorf("the child ran for %s without a lease", ran)
				}
				killed := strings.Contains(strings.Join(lines, "\n"), "killing it")
				if killed != stubborn {
					t.Errorf("said %q", lines)
				}
				if _, err := held.Run(nil, nil); !errors.Is(err, lease.ErrLost) {
					t.Errorf("a lost lease was used: %v", err)
				}
				table.set(func(m *memory) { m.broken = nil })
				if err := held.Release(t.Context(), true); err != nil {
					t.Fatal(err)
				}
				// The child's timer.
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func TestOnlyTheOwnerGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{}, []string{}
		held := take(t, table, &lines)
		others := lease.Record{Version: lease.Version{Owner: "two", Counter: 90}, Holder: lease.Holder{User: "bob"}}
		table.set(func(m *memory) { m.record = others })
		<-held.Context().Done()
		if cause := context.Cause(held.Context()); !errors.Is(cause, lease.ErrLost) || !strings.Contains(cause.Error(), "bob") {
			t.Errorf("got %v", cause)
		}
		if err := held.Release(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if got := table.get(); got.Owner != "two" || got.Counter != 90 {
			t.Errorf("somebody else's lease became %+v", got)
		}
	})
}

func TestInterruptsArePassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{}, []string{}
		held := take(t, table, &lines)
		w := &world{random: random(1), writing: map[int]bool{}, alive: map[string]int{}}
		p := &process{world: w, ctx: t.Context()}
		interrupts := make(chan struct{}, 1)
		interrupts <- struct{}{}
		began := time.Now()
		if _, err := held.Run(func() (lease.Process, error) { return p.start(time.Hour, false), nil }, interrupts); err != nil {
			t.Error(err)
		}
		if time.Since(began) > time.Minute {
			t.Error("the child was not interrupted")
		}
		if err := held.Release(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
	})
}

// slow is a table whose second write is answered late, and which breaks then.
type slow struct {
	memory
	late time.Duration
}

func (s *slow) Swap(ctx context.Context, seen lease.Version, next lease.Record) error {
	err := s.memory.Swap(ctx, seen, next)
	if s.get().Counter == 2 {
		s.set(func(m *memory) { m.broken = errNoAnswer })
		time.Sleep(s.late)
	}
	return err
}

// Others see a renewal when it is written, not when its answer arrives: the time
// counts from before it was sent.
func TestTheTimeCountsFromBeforeTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &slow{late: 14 * time.Second}, []string{}
		held := take(t, table, &lines)
		began := time.Now()
		<-held.Context().Done()
		// Renewed after 15 s of 120, lost 60 s later.
		if lost := time.Since(began); lost < 75*time.Second || lost > 77*time.Second {
			t.Errorf("lost after %s", lost)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := held.Release(ctx, false); err == nil || !strings.Contains(err.Error(), "it runs out in 2m0s") {
			t.Errorf("got %v", err)
		}
	})
}

// Credentials that have expired do not come back: nobody waits for that.
func TestALeaseIsNotGivenBackTwiceWithRefusedCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &memory{}, []string{}
		held := take(t, table, &lines)
		table.set(func(m *memory) { m.broken = fmt.Errorf("write the lease: %w", lease.ErrRefused) })
		began := time.Now()
		err := held.Release(t.Context(), false)
		if !errors.Is(err, lease.ErrRefused) || !strings.Contains(err.Error(), "it runs out in 2m0s") || time.Since(began) > time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// unanswered is a table that carries the first attempt to take the lease out
// and says nothing for a while.
type unanswered struct {
	memory
	after time.Duration
	sent  bool
}

func (u *unanswered) Swap(ctx context.Context, seen lease.Version, next lease.Record) error {
	if err := u.memory.Swap(ctx, seen, next); err != nil {
		return err
	}
	if !u.sent {
		u.sent = true
		time.Sleep(u.after)
		u.set(func(m *memory) { m.broken = errNoAnswer })
		time.AfterFunc(time.Millisecond, func() { u.set(func(m *memory) { m.broken = nil }) })
		return errNoAnswer
	}
	u.set(func(m *memory) { m.broken = errNoAnswer })
	return errNoAnswer
}

// A lease that was taken without an answer is found to be ours, and counts from
// the request that took it.
func TestALeaseTakenWithoutAnAnswerIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, lines := &unanswered{after: 20 * time.Second}, []string{}
		began := time.Now()
		held := take(t, table, &lines)
		<-held.Context().Done()
		if lost := time.Since(began); lost < time.Minute || lost > 62*time.Second {
			t.Errorf("lost after %s", lost)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := held.Release(ctx, false); err == nil {
			t.Error("given back without an answer")
		}
	})
}
