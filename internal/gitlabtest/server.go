package gitlabtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The lengths that GitLab takes at most, in characters.
const (
	MaxNote        = 1_000_000
	MaxDescription = 1_048_576
	MaxTitle       = 255
)

// Note is a comment on a merge request or an issue.
type Note struct {
	ID        int64     `json:"id"`
	Body      string    `json:"body"`
	Author    User      `json:"author"`
	System    bool      `json:"system"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Issue is an issue with its notes.
type Issue struct {
	ID          int64     `json:"id"`
	IID         int64     `json:"iid"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	State       string    `json:"state"`
	Labels      []string  `json:"labels"`
	Author      User      `json:"author"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	WebURL      string    `json:"web_url"`
	Notes       []Note    `json:"-"`
}

// User is who wrote something.
type User struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

// Bot is the user of the token that the server takes, Other somebody else.
var (
	Bot   = User{ID: 1, Username: "project_1_bot"}
	Other = User{ID: 2, Username: "somebody"}
)

// Request is a request that the server got.
type Request struct {
	Method, Path string
	Query        url.Values
	Status       int
	At           time.Time
}

// Server is one project of a GitLab server. Set the fields before the first
// request; read what came of it with the methods.
type Server struct {
	// ProjectID and ProjectPath name the project; a request may use either.
	ProjectID   int64
	ProjectPath string
	// Token is the access token of Bot.
	Token string
	// MergeRequests are the numbers of the merge requests that there are.
	MergeRequests []int64
	// RateLimited is how many requests are answered with 429 first, and RetryAfter
	// the seconds that each of those answers asks to wait.
	RateLimited, RetryAfter int

	mu       sync.Mutex
	last     int64
	notes    map[int64][]Note
	issues   []Issue
	requests []Request
}

// Add writes a note of a merge request, as somebody would in a browser.
func (s *Server) Add(mergeRequest int64, author User, body string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := s.newNote(author, body)
	s.addNote(mergeRequest, note)
	return note.ID
}

// Delete removes a note of a merge request.
func (s *Server) Delete(mergeRequest, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[mergeRequest] = slices.DeleteFunc(s.notes[mergeRequest], func(note Note) bool { return note.ID == id })
}

// Notes lists the notes of a merge request, oldest first.
func (s *Server) Notes(mergeRequest int64) []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes[mergeRequest])
}

// Issues lists all issues, oldest first.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.issues)
}

// Requests lists all requests so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) newNote(author User, body string) Note {
	s.last++
	now := time.Now().UTC()
	return Note{ID: s.last, Body: body, Author: author, CreatedAt: now, UpdatedAt: now}
}

func (s *Server) addNote(mergeRequest int64, note Note) {
	if s.notes == nil {
		s.notes = map[int64][]Note{}
	}
	s.notes[mergeRequest] = append(s.notes[mergeRequest], note)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &response{ResponseWriter: w, status: http.StatusOK}
	s.answer(answer, r)
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Status: answer.status, At: time.Now()})
}

// answer goes the way of a request to GitLab: rate limit, authentication, project,
// then what is asked for.
func (s *Server) answer(w *response, r *http.Request) {
	if s.RateLimited > 0 {
		s.RateLimited--
		w.Header().Set("Retry-After", strconv.Itoa(s.RetryAfter))
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprintln(w, "Retry later")
		return
	}
	if r.Header.Get("Private-Token") != s.Token || s.Token == "" {
		w.refuse(http.StatusUnauthorized, "401 Unauthorized")
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/"), "/")
	if len(parts) < 3 || parts[0] != "projects" {
		w.refuse(http.StatusNotFound, "404 Not Found")
		return
	}
	project, err := url.PathUnescape(parts[1])
	if err != nil || project != strconv.FormatInt(s.ProjectID, 10) && project != s.ProjectPath {
		w.refuse(http.StatusNotFound, "404 Project Not Found")
		return
	}
	switch {
	case parts[2] == "merge_requests" && len(parts) >= 5 && parts[4] == "notes":
		s.mergeRequestNotes(w, r, parts[3], parts[5:])
	case parts[2] == "issues":
		s.issue(w, r, parts[3:])
	default:
		w.refuse(http.StatusNotFound, "404 Not Found")
	}
}

// response remembers its status.
type response struct {
	http.ResponseWriter
	status int
}

func (w *response) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) send(status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that went away is no error of the server
}

func (w *response) refuse(status int, message string) {
	w.send(status, map[string]string{"message": message})
}

// decode reads a request's JSON, and refuses what is none.
func decode(w *response, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		w.refuse(http.StatusBadRequest, "400 Bad request - "+err.Error())
		return false
	}
	return true
}

// number reads the last part of a path.
func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return value
}
