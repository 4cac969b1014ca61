package lease

import (
	"context"
	"fmt"
	"time"
)

// Process is a running child.
type Process interface {
	// PID is its process ID.
	PID() int
	// Interrupt asks it to stop; a second time more firmly.
	Interrupt()
	// Kill ends it at once.
	Kill()
	// Done is closed when it has ended.
	Done() <-chan struct{}
	// Code is its exit code, negative when a signal ended it. Only after Done.
	Code() int
}

// Run runs a child under the lease and returns its exit code. Every value from
// interrupts is passed on to it. When the lease is lost the child is asked to
// stop, and is killed before anybody else can have the lease; the error is
// ErrLost then.
func (l *Lease) Run(start func() (Process, error), interrupts <-chan struct{}) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	child, err := start()
	if err != nil {
		return 0, err
	}
	l.change(func(r *Record) { r.Holder.Child = child.PID() })
	lost := l.ctx.Done()
	var look <-chan time.Time
	for {
		select {
		case <-child.Done():
			if lost == nil {
				return child.Code(), context.Cause(l.ctx)
			}
			return child.Code(), nil
		case <-interrupts:
			child.Interrupt()
		case <-lost:
			lost = nil
			l.keeper.Say(fmt.Sprintf("lease: %v: stopping pulumi", context.Cause(l.ctx)))
			child.Interrupt()
			look = time.After(0)
		case <-look:
			if l.sinceConfirmed() >= l.killAfter() {
				l.keeper.Say("lease: pulumi has not stopped in time: killing it")
				child.Kill()
				look = nil
				break
			}
			look = time.After(l.look())
		}
	}
}
