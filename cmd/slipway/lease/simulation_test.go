package lease_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gitlab.com/slipway/slipway/cmd/slipway/lease"
)

var errNoAnswer = errors.New("no answer")

// world is several processes on some machines that want one lease, a table that
// loses and delays what it is asked, and a clock that costs no time.
type world struct {
	mu     sync.Mutex
	random *rand.Rand
	table  lease.Record
	// loss is the share of requests that get no answer; half of them are carried
	// out all the same, possibly much later.
	loss float64
	// writing are the processes whose child runs. More than one is the failure.
	writing  map[int]bool
	failures []string
	// alive are the marks of which a process still lives, by machine.
	alive map[string]int
	took  int
}

func (w *world) float() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Float64()
}

// upTo is a random time, mostly short.
func (w *world) upTo(most time.Duration) time.Duration {
	f := w.float()
	return time.Duration(f * f * float64(most))
}

// process is one run of `slipway lease`.
type process struct {
	*world
	id, machine int
	ctx         context.Context
	// cut ends when no request of the process gets through any more.
	cut context.Context
}

func (p *process) mark() string { return fmt.Sprintf("machine %d process %d", p.machine, p.id) }

// send is a request on its way to the table. A killed process sends nothing, but
// what it has sent may still arrive.
func (p *process) send(ctx context.Context, carryOut func()) error {
	if p.ctx.Err() != nil {
		return errNoAnswer
	}
	lost := p.float() < p.loss || p.cut.Err() != nil
	arrives := lost && p.cut.Err() == nil && p.float() < 0.5
	delay, back := p.upTo(300*time.Millisecond), p.upTo(300*time.Millisecond)
	switch slow := p.float(); {
	case lost:
		delay = p.upTo(5 * time.Minute)
	case slow < p.loss/2:
		delay = p.upTo(12 * time.Second)
	case slow < p.loss:
		back = p.upTo(12 * time.Second)
	}
	done := make(chan struct{})
	go func() {
		time.Sleep(delay)
		if !lost || arrives {
			p.mu.Lock()
			carryOut()
			p.mu.Unlock()
		}
		if !lost {
			time.Sleep(back)
			close(done)
		}
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errNoAnswer
	case <-p.ctx.Done():
		return errNoAnswer
	case <-time.After(20 * time.Second):
		return errNoAnswer
	}
}

func (p *process) Read(ctx context.Context, _ string) (record lease.Record, err error) {
	var mu sync.Mutex
	var answer lease.Record
	err = p.send(ctx, func() { mu.Lock(); answer = p.table; mu.Unlock() })
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		return lease.Record{}, err
	}
	return answer, nil
}

func (p *process) Swap(ctx context.Context, seen lease.Version, next lease.Record) error {
	var mu sync.Mutex
	var refused error
	err := p.send(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if p.table.Version != seen {
			refused = lease.ErrChanged
			return
		}
		p.table = next
	})
	mu.Lock()
	defer mu.Unlock()
	return errors.Join(err, refused)
}

// gone is lease.Gone on the process's machine.
func (p *process) gone(holder lease.Holder) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var machine, id int
	if _, err := fmt.Sscanf(holder.Mark, "machine %d process %d", &machine, &id); err != nil || machine != p.machine {
		return false
	}
	return p.alive[holder.Mark] == 0
}

// child writes until it has ended.
type child struct {
	p                  *process
	done               chan struct{}
	interrupted, ended sync.Once
	stubborn           bool
}

func (p *process) start(work time.Duration, stubborn bool) *child {
	c := &child{p: p, done: make(chan struct{}), stubborn: stubborn}
	p.mu.Lock()
	p.writing[p.id] = true
	p.alive[p.mark()]++
	p.took++
	if len(p.writing) > 1 {
		p.failures = append(p.failures, fmt.Sprintf("process %d may write while %v do", p.id, p.writing))
	}
	p.mu.Unlock()
	go func() {
		select {
		case <-time.After(work):
			c.end()
		case <-c.done:
		case <-p.ctx.Done():
			// It dies with its parent, but not in the same instant.
			time.Sleep(p.upTo(time.Second))
			c.end()
		}
	}()
	return c
}

func (c *child) end() {
	c.ended.Do(func() {
		c.p.mu.Lock()
		delete(c.p.writing, c.p.id)
		c.p.alive[c.p.mark()]--
		c.p.mu.Unlock()
		close(c.done)
	})
}

func (c *child) PID() int              { return 1 }
func (c *child) Done() <-chan struct{} { return c.done }
func (c *child) Code() int             { return 0 }

func (c *child) Kill() {
	if c.p.ctx.Err() == nil {
		c.end()
	}
}

func (c *child) Interrupt() {
	if c.p.ctx.Err() != nil || c.stubborn {
		return
	}
	c.interrupted.Do(func() {
		go func() {
			time.Sleep(c.p.upTo(time.Minute))
			c.end()
		}()
	})
}

// run is the life of a process: it takes the lease, works, and gives it back.
func (p *process) run(clock func() time.Duration, work time.Duration, stubborn bool) {
	p.mu.Lock()
	p.alive[p.mark()]++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.alive[p.mark()]--
		p.mu.Unlock()
	}()
	keeper := &lease.Keeper{
		Store: p, Stack: "stack", Owner: p.mark(), Holder: lease.Holder{PID: p.id, Mark: p.mark()},
		Limit: 2 * time.Hour, Say: func(string) {}, Now: clock, Gone: p.gone,
	}
	held, err := keeper.Acquire(p.ctx)
	if err != nil {
		return
	}
	code := 0
	if p.ctx.Err() == nil {
		code, err = held.Run(func() (lease.Process, error) { return p.start(work, stubborn), nil }, nil)
	}
	_ = code
	giveBack, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	_ = held.Release(giveBack, err != nil)
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// plan is what rapid chooses.
type plan struct {
	seed                uint64
	processes, machines int
	loss                float64
	kills, cuts         []event
}

// event is a process that is killed, or cut off from the table.
type event struct {
	process int
	after   time.Duration
}

func plans(t *rapid.T) plan {
	p := plan{
		seed:      rapid.Uint64().Draw(t, "seed"),
		processes: rapid.IntRange(2, 6).Draw(t, "processes"),
		machines:  rapid.IntRange(1, 3).Draw(t, "machines"),
		loss:      float64(rapid.SampledFrom([]int{0, 1, 10, 40, 80}).Draw(t, "loss in %")) / 100,
	}
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		return event{
			process: rapid.IntRange(0, p.processes-1).Draw(t, "process"),
			after:   time.Duration(rapid.IntRange(0, 900).Draw(t, "after s")) * time.Second,
		}
	}), 0, 3)
	p.kills, p.cuts = events.Draw(t, "kills"), events.Draw(t, "cuts")
	return p
}

// at ends a context when one of the events meets the process.
func at(parent context.Context, process int, events []event) context.Context {
	ctx, end := context.WithCancel(parent)
	for _, e := range events {
		if e.process == process {
			time.AfterFunc(e.after, end)
		}
	}
	context.AfterFunc(parent, end)
	return ctx
}

// simulate plays a plan and returns the world after it.
func simulate(t *testing.T, p plan) (w *world) {
	synctest.Test(t, func(t *testing.T) {
		w = &world{random: random(p.seed), loss: p.loss, writing: map[int]bool{}, alive: map[string]int{}}
		began := time.Now()
		clock := func() time.Duration { return time.Hour + time.Since(began) }
		var all sync.WaitGroup
		for id := range p.processes {
			one := &process{world: w, id: id, machine: id % p.machines, ctx: at(t.Context(), id, p.kills), cut: at(t.Context(), id, p.cuts)}
			begin, work, stubborn := w.upTo(time.Minute), w.upTo(20*time.Minute), w.float() < 0.5
			all.Go(func() {
				time.Sleep(begin)
				one.run(clock, work, stubborn)
			})
		}
		all.Wait()
		// What is still under way arrives or is lost.
		time.Sleep(10 * time.Minute)
	})
	return w
}

// TestNeverTwoHolders: however requests are lost and delayed, whoever is killed
// and when, no child runs while another does.
func TestNeverTwoHolders(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := simulate(t, plans(r))
		for _, failure := range w.failures {
			r.Error(failure)
		}
	})
}

// TestEverybodyGetsTheLease: with a table that answers, everybody who is not
// killed works once.
func TestEverybodyGetsTheLease(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := plans(r)
		p.loss, p.kills, p.cuts = 0, nil, nil
		if w := simulate(t, p); w.took != p.processes {
			r.Errorf("%d of %d processes had the lease", w.took, p.processes)
		}
	})
}
