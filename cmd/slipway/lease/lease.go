package lease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrLost is why a lease that could not be renewed must not be used any more.
var ErrLost = errors.New("the lease was lost")

// Lease is a lease that this process holds. It renews itself until Release.
type Lease struct {
	keeper *Keeper
	ctx    context.Context
	lose   context.CancelCauseFunc
	finish context.CancelFunc
	ended  sync.WaitGroup
	nudge  chan struct{}

	mu sync.Mutex
	// record is the lease as it stands in the table, wanted as it should.
	record, wanted Record
	// confirmed is when the request was sent that the table has answered last:
	// nobody takes the lease over before TTL has passed since then.
	confirmed time.Duration
	// sent is when the next version was asked for first, 0 when it was not: that
	// request may have been carried out although no answer came.
	sent time.Duration
}

// begin starts to renew a lease that was asked for at the time sent.
func (k *Keeper) begin(record Record, sent time.Duration) *Lease {
	l := &Lease{keeper: k, record: record, wanted: record, confirmed: sent, nudge: make(chan struct{}, 1)}
	l.ctx, l.lose = context.WithCancelCause(context.Background())
	var renewing context.Context
	renewing, l.finish = context.WithCancel(l.ctx)
	l.ended.Go(func() { l.renew(renewing) })
	l.ended.Go(func() { l.fence(renewing) })
	return l
}

// Context ends when the lease must not be used any more; its cause says why.
func (l *Lease) Context() context.Context { return l.ctx }

// Left are holders before this one that did not give the lease back.
func (l *Lease) Left() []Holder {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.wanted.Left)
}

// Cleared notes that what the holders before left behind is cleared up.
func (l *Lease) Cleared() {
	l.change(func(r *Record) { r.Left = nil })
}

// change has the record written with the next renewal, which comes at once.
func (l *Lease) change(to func(*Record)) {
	l.mu.Lock()
	to(&l.wanted)
	l.mu.Unlock()
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// The parts of its time to live after which a lease is renewed, its child is
// asked to stop, and its child is killed. What is left is for the kill itself.
func (l *Lease) every() time.Duration     { return l.keeper.TTL / 8 }
func (l *Lease) stopAfter() time.Duration { return l.keeper.TTL / 2 }
func (l *Lease) killAfter() time.Duration { return l.keeper.TTL * 7 / 8 }

// look is how often the time is looked at.
func (l *Lease) look() time.Duration { return min(l.keeper.TTL/64, time.Second) }

func (l *Lease) sinceConfirmed() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keeper.Now() - l.confirmed
}

// renew writes the next version again and again.
func (l *Lease) renew(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.nudge:
		case <-time.After(l.every()):
		}
		attempt, cancel := context.WithTimeout(ctx, l.every())
		err := l.write(attempt)
		cancel()
		if errors.Is(err, ErrLost) {
			l.lose(err)
		} else if err != nil && ctx.Err() == nil {
			l.keeper.Say(fmt.Sprintf("lease: not renewed for %s: %v", l.sinceConfirmed().Round(time.Second), err))
		}
	}
}

// write writes the wanted record as the next version.
func (l *Lease) write(ctx context.Context) error {
	l.mu.Lock()
	seen, next := l.record.Version, l.wanted
	next.Counter = seen.Counter + 1
	if l.sent == 0 {
		l.sent = l.keeper.Now()
	}
	l.mu.Unlock()

	err := l.keeper.Store.Swap(ctx, seen, next)
	if errors.Is(err, ErrChanged) {
		next, err = l.settle(ctx, seen)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record, l.confirmed, l.sent = next, l.sent, 0
	return nil
}

// settle finds out why a write was refused: either an earlier request for the
// next version was carried out without an answer, and the lease is ours, or
// somebody else has taken it.
func (l *Lease) settle(ctx context.Context, seen Version) (Record, error) {
	found, err := l.keeper.Store.Read(ctx, l.keeper.Stack)
	switch {
	case err != nil:
		return Record{}, err
	case found.Version == Version{Owner: seen.Owner, Counter: seen.Counter + 1}:
		return found, nil
	case found.Free():
		return Record{}, fmt.Errorf("%w: it is free", ErrLost)
	}
	return Record{}, fmt.Errorf("%w to %s", ErrLost, found.Holder)
}

// fence declares the lease lost when it was not renewed in time. It looks often
// instead of setting a timer: timers stand still with a suspended machine.
func (l *Lease) fence(ctx context.Context) {
	for {
		if since := l.sinceConfirmed(); since >= l.stopAfter() {
			l.lose(fmt.Errorf("%w: it could not be renewed for %s", ErrLost, since.Round(time.Second)))
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(l.look()):
		}
	}
}

// Release gives the lease back, if it still is ours. With left, there may be
// something to clear up after its child, which the next holder is told.
func (l *Lease) Release(ctx context.Context, left bool) error {
	l.finish()
	l.ended.Wait()
	l.change(func(r *Record) {
		if left {
			r.Left = append(slices.Clone(r.Left), r.Holder)
		}
		r.Owner, r.Holder = "", Holder{}
	})
	for {
		err := l.write(ctx)
		if errors.Is(err, ErrLost) {
			return nil
		}
		if err == nil && l.record.Free() {
			return nil
		}
		lasts := fmt.Errorf("the lease was not given back, it runs out in %s: %w", l.keeper.TTL, err)
		if errors.Is(err, ErrRefused) {
			return lasts
		}
		// Without an error an earlier renewal was carried out after all: once more.
		select {
		case <-ctx.Done():
			return lasts
		case <-time.After(poll / 2):
		}
	}
}
