package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// inFlight is how many requests of a stream may be on their way at once. When an
// API is so slow, the rate falls, which the results show.
const inFlight = 128

// stream is requests of one sort over one sort of connection.
type stream struct {
	connection string
	client     *http.Client
	kinds      []kind
	pacer      vegeta.Pacer
}

// attack sends until ctx ends, and returns when the last answer is there.
func attack(ctx context.Context, o *options, s *site, users []*user, log *record) {
	asked := &questions{site: s, users: users}
	var all sync.WaitGroup
	for _, st := range streams(o, s) {
		all.Go(func() {
			attacker := vegeta.NewAttacker(vegeta.Client(st.client), vegeta.Workers(4), vegeta.MaxWorkers(inFlight))
			for result := range attacker.Attack(asked.targeter(st.kinds), ending{st.pacer, ctx}, 0, "") {
				q := asked.take(result.URL)
				log.add(judge(q, st.connection, result))
			}
		})
	}
	all.Wait()
}

func streams(o *options, s *site) []stream {
	if o.burst > 0 {
		return []stream{{"kept", s.kept, mix.sequence(), bursts{o.burst, o.every}}}
	}
	var found []stream
	add := func(connection string, client *http.Client, kinds []kind, pacer vegeta.Rate) {
		if pacer.Freq > 0 {
			found = append(found, stream{connection, client, kinds, pacer})
		}
	}
	add("kept", s.kept, mix.sequence(), vegeta.Rate{Freq: o.rate - o.fresh - o.slow, Per: time.Second})
	add("fresh", s.fresh, mix.sequence(), vegeta.Rate{Freq: o.fresh, Per: time.Second})
	add("kept", s.kept, []kind{slow}, vegeta.Rate{Freq: o.slow, Per: 2 * time.Second})
	add("fresh", s.fresh, []kind{slow}, vegeta.Rate{Freq: o.slow, Per: 2 * time.Second})
	return found
}

// ending is a pacer that ends with ctx.
type ending struct {
	vegeta.Pacer
	ctx context.Context
}

// Pace is the other pacer's, until ctx ends.
func (e ending) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	wait, stop := e.Pacer.Pace(elapsed, hits)
	return wait, stop || e.ctx.Err() != nil
}

// bursts are so many requests at once, every so often.
type bursts struct {
	size  int
	every time.Duration
}

// Pace waits for the burst that the next request belongs to.
func (b bursts) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	begin := time.Duration(hits/uint64(b.size)) * b.every
	return max(0, begin-elapsed), false
}

// Rate is the mean, in requests a second.
func (b bursts) Rate(time.Duration) float64 { return float64(b.size) / b.every.Seconds() }
