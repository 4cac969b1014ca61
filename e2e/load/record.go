package main

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// mark is a line on the time axis.
type mark struct {
	Seconds float64   `json:"seconds"`
	Time    time.Time `json:"time"`
	Text    string    `json:"text"`
}

// record is everything that happened in a run.
type record struct {
	began time.Time

	mu       sync.Mutex
	outcomes []outcome
	marks    []mark
	losses   []string
}

func newRecord(began time.Time) *record { return &record{began: began} }

func (r *record) add(o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, o)
}

func (r *record) mark(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, mark{r.seconds(time.Now()), time.Now(), text})
}

// lost notes a write that is not there, or there twice.
func (r *record) lost(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.losses = append(r.losses, what)
}

// seconds is the place of a time on the axis.
func (r *record) seconds(t time.Time) float64 { return t.Sub(r.began).Seconds() }

// served is when a version answered.
type served struct {
	Version string  `json:"version"`
	Answers int     `json:"answers"`
	First   float64 `json:"firstSeconds"`
	Last    float64 `json:"lastSeconds"`
}

// failure is a request that went wrong.
type failure struct {
	Seconds    float64 `json:"seconds"`
	Latency    float64 `json:"latencySeconds"`
	Kind       kind    `json:"kind"`
	Connection string  `json:"connection"`
	What       string  `json:"what"`
}

// summary is a run in figures. Slow requests are left out of the quantiles, and
// have their own.
type summary struct {
	Began    time.Time    `json:"began"`
	Seconds  float64      `json:"seconds"`
	Requests int          `json:"requests"`
	Rate     float64      `json:"requestsPerSecond"`
	Kinds    map[kind]int `json:"kinds"`
	Failed   int          `json:"failed"`
	Wrong    int          `json:"wrong"`
	// Lost are writes that were answered and are not there, or are there twice.
	Lost     int       `json:"lost"`
	P50      float64   `json:"p50Ms"`
	P99      float64   `json:"p99Ms"`
	Max      float64   `json:"maxMs"`
	SlowP50  float64   `json:"slowP50Ms"`
	Versions []served  `json:"versions"`
	Failures []failure `json:"failures"`
	Marks    []mark    `json:"marks"`
	Losses   []string  `json:"losses"`
}

func (r *record) summary() *summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &summary{
		Began: r.began, Requests: len(r.outcomes), Kinds: map[kind]int{}, Lost: len(r.losses),
		Versions: []served{}, Failures: []failure{}, Marks: slices.Clone(r.marks), Losses: slices.Clone(r.losses),
	}
	var quick, slowly []time.Duration
	versions := map[string]*served{}
	for _, o := range r.outcomes {
		begin, end := r.seconds(o.begin), r.seconds(o.begin.Add(o.latency))
		s.Seconds = max(s.Seconds, end)
		s.Kinds[o.kind]++
		if o.kind == slow {
			slowly = append(slowly, o.latency)
		} else {
			quick = append(quick, o.latency)
		}
		if o.failed != "" {
			s.Failed++
		}
		if o.wrong != "" {
			s.Wrong++
		}
		if what := cmp.Or(o.failed, o.wrong); what != "" {
			s.Failures = append(s.Failures, failure{begin, o.latency.Seconds(), o.kind, o.connection, what})
		}
		if o.version != "" {
			v := versions[o.version]
			if v == nil {
				v = &served{Version: o.version, First: begin}
				versions[o.version] = v
			}
			v.Answers++
			v.First, v.Last = min(v.First, begin), max(v.Last, begin)
		}
	}
	for _, v := range versions {
		s.Versions = append(s.Versions, *v)
	}
	slices.SortFunc(s.Versions, func(a, b served) int { return cmp.Compare(a.First, b.First) })
	slices.SortFunc(s.Failures, func(a, b failure) int { return cmp.Compare(a.Seconds, b.Seconds) })
	slices.Sort(quick)
	slices.Sort(slowly)
	s.P50, s.P99, s.Max, s.SlowP50 = quantile(quick, 0.5), quantile(quick, 0.99), quantile(quick, 1), quantile(slowly, 0.5)
	if s.Seconds > 0 {
		s.Rate = float64(s.Requests) / s.Seconds
	}
	return s
}

// quantile is in milliseconds, of sorted values; 0 without any.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}

// String is a run in a line.
func (s *summary) String() string {
	text := fmt.Sprintf("load: %d requests in %.0f s (%.0f/s), %d failed, %d wrong, %d lost; p50 %.0f ms, p99 %.0f ms, slowest %.0f ms",
		s.Requests, s.Seconds, s.Rate, s.Failed, s.Wrong, s.Lost, s.P50, s.P99, s.Max)
	if s.Kinds[slow] > 0 {
		text += fmt.Sprintf("; %d slow ones, p50 %.0f ms", s.Kinds[slow], s.SlowP50)
	}
	return text
}
