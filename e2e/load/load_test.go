package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// api is a small recipe API that a test can spoil.
type api struct {
	mu      sync.Mutex
	tokens  int
	recipes []owned
	// spoil answers instead of the API, when it returns true.
	spoil func(w http.ResponseWriter, r *http.Request) bool
}

type owned struct {
	recipe
	token string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if content, _ := io.ReadAll(r.Body); len(content) > 0 {
		if err := json.Unmarshal(content, &body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if r.URL.Query().Has("n") && a.spoil != nil && a.spoil(w, r) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	token := r.Header.Get("Authorization")
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/v1"), "/")
	switch {
	case path == "users" && r.Method == http.MethodPost:
		answer(w, http.StatusCreated, map[string]any{})
	case path == "users/token":
		a.tokens++
		answer(w, http.StatusOK, map[string]any{"token": strconv.Itoa(a.tokens)})
	case path == "version":
		answer(w, http.StatusOK, map[string]any{"version": "v1"})
	case path == "recipes" && r.Method == http.MethodPost:
		made := owned{recipe{len(a.recipes) + 1, body["title"].(string)}, token}
		a.recipes = append(a.recipes, made)
		answer(w, http.StatusCreated, made.recipe)
	case path == "recipes":
		size, _ := strconv.Atoi(r.URL.Query().Get("page_size"))
		var found []recipe
		for _, o := range a.recipes {
			if o.token == token {
				found = append(found, o.recipe)
			}
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		page := map[string]any{"results": found[from:min(len(found), from+size)], "next": nil}
		if from+size < len(found) {
			page["next"] = fmt.Sprintf("http://%s/api/v1/recipes/?page_size=%d&cursor=%d", r.Host, size, from+size)
		}
		answer(w, http.StatusOK, page)
	default:
		id, _ := strconv.Atoi(strings.TrimPrefix(path, "recipes/"))
		if id < 1 || id > len(a.recipes) || a.recipes[id-1].token != token {
			http.NotFound(w, r)
			return
		}
		answer(w, http.StatusOK, a.recipes[id-1].recipe)
	}
}

func answer(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

// enough ends the input, and with it a run, once the API has got so many requests.
type enough struct {
	*api
	want int
	got  int
	end  *io.PipeWriter
}

func (e *enough) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.api.ServeHTTP(w, r)
	if !r.URL.Query().Has("n") {
		return
	}
	e.api.mu.Lock()
	defer e.api.mu.Unlock()
	if e.got++; e.got == e.want {
		e.end.Close()
	}
}

// load runs the program against an API until that has got so many requests.
func load(t *testing.T, a *api, requests int, args ...string) *summary {
	t.Helper()
	marks, end := io.Pipe()
	server := httptest.NewServer(&enough{api: a, want: requests, end: end})
	defer server.Close()
	go fmt.Fprintln(end, "begin")
	dir := t.TempDir()
	var out strings.Builder
	args = append([]string{"--out", dir, "--url", server.URL, "--users", "2"}, args...)
	if err := run(args, marks, &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "load.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &summary{}
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"requests.csv", "load.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(out.String(), s.String()) {
		t.Errorf("%q does not hold %q", out.String(), s)
	}
	return s
}

func TestAGoodAPILosesNothing(t *testing.T) {
	s := load(t, &api{}, 400, "--rate", "400", "--fresh", "100", "--slow", "10")
	if s.Failed+s.Wrong+s.Lost != 0 || s.Requests < 400 {
		t.Errorf("%s: %v %v", s, s.Failures, s.Losses)
	}
	for _, share := range append(mix, shares{{slow, 1}}...) {
		if s.Kinds[share.kind] == 0 {
			t.Errorf("no %s request: %v", share.kind, s.Kinds)
		}
	}
	if s.SlowP50 < 2000 {
		t.Errorf("slow requests took %.0f ms", s.SlowP50)
	}
	if len(s.Versions) != 1 || s.Versions[0].Version != "v1" || len(s.Marks) != 1 || s.Marks[0].Text != "begin" {
		t.Errorf("versions %v, marks %v", s.Versions, s.Marks)
	}
}

func TestBurstsAreSentAtOnce(t *testing.T) {
	s := load(t, &api{}, 60, "--burst", "20", "--every", "50ms")
	if s.Failed+s.Wrong+s.Lost != 0 || s.Requests < 60 {
		t.Errorf("%s: %v %v", s, s.Failures, s.Losses)
	}
}

// Whatever can be wrong with one answer is noticed. Every request of a kind is
// spoilt, so that none can be missed.
func TestBadAnswersAreCounted(t *testing.T) {
	content := func(status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	isDetail := func(r *http.Request) bool {
		return r.Method == http.MethodGet && r.URL.Path != recipesPath && r.URL.Path != "/version"
	}
	isList := func(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Path == recipesPath }
	isWrite := func(r *http.Request) bool { return r.Method == http.MethodPost }
	isVersion := func(r *http.Request) bool { return r.URL.Path == "/version" }
	for name, test := range map[string]struct {
		which  func(*http.Request) bool
		answer func(http.ResponseWriter, *http.Request) bool
		count  func(*summary) int
	}{
		"502":                     {isDetail, content(502, "bad gateway"), func(s *summary) int { return s.Failed }},
		"429":                     {isList, content(429, "slow down"), func(s *summary) int { return s.Failed }},
		"200 for a write":         {isWrite, content(200, `{"id": 999999, "title": ""}`), func(s *summary) int { return s.Failed }},
		"no answer":               {isVersion, hangUp, func(s *summary) int { return s.Failed }},
		"half an answer":          {isDetail, half, func(s *summary) int { return s.Failed }},
		"another recipe":          {isDetail, content(200, `{"id": 0, "title": "another"}`), func(s *summary) int { return s.Wrong }},
		"not JSON":                {isDetail, content(200, "<html>"), func(s *summary) int { return s.Wrong }},
		"a short page":            {isList, content(200, `{"results": []}`), func(s *summary) int { return s.Wrong }},
		"somebody else's recipes": {isList, content(200, `{"results": [{},{},{},{},{}]}`), func(s *summary) int { return s.Wrong }},
		"an empty version":        {isVersion, content(200, `{"version": ""}`), func(s *summary) int { return s.Wrong }},
		"another title":           {isWrite, content(201, `{"id": 999999, "title": "another"}`), func(s *summary) int { return s.Wrong }},
	} {
		t.Run(name, func(t *testing.T) {
			// By number: Go's client sends some a second time.
			spoilt := map[string]bool{}
			a := &api{}
			a.spoil = func(w http.ResponseWriter, r *http.Request) bool {
				if !test.which(r) {
					return false
				}
				a.mu.Lock()
				spoilt[r.URL.Query().Get("n")] = true
				a.mu.Unlock()
				return test.answer(w, r)
			}
			s := load(t, a, 40, "--rate", "200", "--fresh", "50", "--slow", "0")
			if len(spoilt) == 0 || test.count(s) != len(spoilt) {
				t.Errorf("%d answers were spoilt, %s: %v", len(spoilt), s, s.Failures)
			}
		})
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) bool {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		connection.Close()
	}
	return true
}

func half(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id": 1,`)
	return true
}

func TestLostAndDoubledWritesAreFound(t *testing.T) {
	next := 1_000_000
	a := &api{}
	a.spoil = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		next++
		// The body is gone, so the number is all that is known of the title.
		u := r.Header.Get("Authorization")
		for _, o := range a.recipes {
			if o.token == u {
				name, _, _ := strings.Cut(o.Title, ",")
				title := fmt.Sprintf("%s, number %s", name, r.URL.Query().Get("n"))
				if next%2 == 0 {
					a.recipes = append(a.recipes, owned{recipe{next, title}, u}, owned{recipe{next + 1, title}, u})
				}
				answer(w, http.StatusCreated, recipe{next, title})
				return true
			}
		}
		return false
	}
	s := load(t, a, 80, "--rate", "200", "--fresh", "0", "--slow", "0")
	if s.Failed+s.Wrong != 0 || s.Kinds[write] < 2 || s.Lost != s.Kinds[write] {
		t.Errorf("%s, %d writes: %v %v", s, s.Kinds[write], s.Failures, s.Losses)
	}
}

// A server may close a kept connection at any time; Go's client then sends a GET
// again without a word, and another client would not.
func TestAHiddenSecondTryCountsAsFailed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	// Every connection answers once, and is closed when the second request arrives.
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				buffer := make([]byte, 4096)
				if _, err := connection.Read(buffer); err != nil {
					return
				}
				_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				_, _ = connection.Read(buffer)
			}()
		}
	}()
	o, err := parseOptions([]string{"--url", "http://" + listener.Addr().String(), "--out", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSite(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.call(t.Context(), http.MethodGet, "/", "", nil, nil, 200); err != nil {
		t.Fatal(err)
	}
	err = s.call(t.Context(), http.MethodGet, "/", "", nil, nil, 200)
	if err == nil || !strings.Contains(err.Error(), errTwice.Error()) {
		t.Errorf("got %v, want %v", err, errTwice)
	}
}

func TestBadOptionsAreNamedAtOnce(t *testing.T) {
	_, err := parseOptions([]string{"--url", "example.com", "--rate", "5", "--fresh", "10", "--users", "0", "--burst", "-1"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"--url", "--out", "--rate", "--users", "--burst"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in %q", name, err)
		}
	}
}

func TestTheMixIsSpread(t *testing.T) {
	sequence := mix.sequence()
	got := map[kind]int{}
	for _, k := range sequence {
		got[k]++
	}
	for _, share := range mix {
		if got[share.kind] != share.parts {
			t.Errorf("%s: got %d, want %d", share.kind, got[share.kind], share.parts)
		}
	}
	if len(sequence) == 0 || sequence[0] != sequence[1] || slices.Index(sequence, detail) > len(sequence)/2 {
		t.Errorf("the kinds come one after another: %v", sequence)
	}
}

func TestSlowBodiesTakeTheirTime(t *testing.T) {
	began := time.Now()
	body := strings.Repeat("x", 1000)
	read, err := io.ReadAll(&trickle{ctx: t.Context(), from: io.NopCloser(strings.NewReader(body)), part: 100})
	if err != nil || string(read) != body {
		t.Fatalf("%d bytes, %v", len(read), err)
	}
	if took := time.Since(began); took < slowTime/2 {
		t.Errorf("it took %s", took)
	}
}
