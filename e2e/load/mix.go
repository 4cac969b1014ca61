package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// kind is what a request does.
type kind string

const (
	list    kind = "list"
	detail  kind = "detail"
	version kind = "version"
	write   kind = "write"
	// slow is a write whose body takes slowTime to arrive.
	slow kind = "slow"
)

// shares are the parts of a mixed load; slow requests come on top of it.
type shares []struct {
	kind  kind
	parts int
}

// mix has a write for every three reads of the database. What asks for the version
// alone costs the app little, so that two small tasks serve 300 requests a second,
// and shows within milliseconds which version answers.
var mix = shares{{list, 1}, {detail, 2}, {version, 16}, {write, 1}}

// String says how the parts relate.
func (s shares) String() string {
	var parts []string
	total := 0
	for _, share := range s {
		total += share.parts
	}
	for _, share := range s {
		parts = append(parts, fmt.Sprintf("%d %% %s", 100*share.parts/total, share.kind))
	}
	return strings.Join(parts, ", ")
}

// sequence is every kind as often as it has parts, spread evenly.
func (s shares) sequence() []kind {
	type place struct {
		kind kind
		at   float64
	}
	var places []place
	for _, share := range s {
		for n := range share.parts {
			places = append(places, place{share.kind, (float64(n) + 0.5) / float64(share.parts)})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	kinds := make([]kind, len(places))
	for i, p := range places {
		kinds[i] = p.kind
	}
	return kinds
}

// question is a request and what its answer has to say.
type question struct {
	kind  kind
	user  *user
	id    int
	title string
}

// questions are those on their way, by URL: each has a number in its query, which
// the API does not read.
type questions struct {
	site  *site
	users []*user
	count atomic.Uint64
	asked sync.Map
}

// targeter asks in turn for kinds, as one user after the other.
func (q *questions) targeter(kinds []kind) vegeta.Targeter {
	var turn atomic.Uint64
	return func(target *vegeta.Target) error {
		n := turn.Add(1)
		number := q.count.Add(1)
		u := q.users[number%uint64(len(q.users))]
		asked := question{kind: kinds[n%uint64(len(kinds))], user: u}
		*target = vegeta.Target{Method: http.MethodGet, Header: headers(u.token)}
		path := recipesPath
		switch asked.kind {
		case list:
			path += fmt.Sprintf("?page_size=%d&n=%d", pageSize, number)
		case detail:
			asked.id = u.ids[number/uint64(len(q.users))%uint64(len(u.ids))]
			asked.title = u.titles[asked.id]
			path += fmt.Sprintf("%d/?n=%d", asked.id, number)
		case version:
			path = fmt.Sprintf("/version?n=%d", number)
		case write, slow:
			asked.title = fmt.Sprintf("%s, number %d", u.name, number)
			body, err := json.Marshal(newRecipe(asked.title))
			if err != nil {
				return fmt.Errorf("encode a recipe: %w", err)
			}
			target.Method, target.Body = http.MethodPost, body
			path += fmt.Sprintf("?n=%d", number)
			if asked.kind == slow {
				target.Header.Set(slowHeader, "yes")
			}
		}
		target.URL = q.site.base + path
		q.asked.Store(target.URL, asked)
		return nil
	}
}

// take is the question behind a URL, once.
func (q *questions) take(url string) question {
	asked, _ := q.asked.LoadAndDelete(url)
	found, _ := asked.(question)
	return found
}
