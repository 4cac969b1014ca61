package gitlabtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The states of an issue.
const (
	Opened = "opened"
	Closed = "closed"
)

// issueRequest is what a request may say about an issue.
type issueRequest struct {
	Title       *string
	Description *string
	Labels      *string
	StateEvent  string `json:"state_event"`
}

// issue serves /issues and what is below.
func (s *Server) issue(w *response, r *http.Request, below []string) {
	if len(below) == 0 {
		switch r.Method {
		case http.MethodGet:
			s.listIssues(w, r)
		case http.MethodPost:
			s.createIssue(w, r)
		default:
			w.refuse(http.StatusMethodNotAllowed, "405 Method Not Allowed")
		}
		return
	}
	at := slices.IndexFunc(s.issues, func(issue Issue) bool { return issue.IID == number(below[0]) })
	switch {
	case at < 0:
		w.refuse(http.StatusNotFound, "404 Issue Not Found")
	case r.Method == http.MethodPut && len(below) == 1:
		s.updateIssue(w, r, &s.issues[at])
	case r.Method == http.MethodPost && len(below) == 2 && below[1] == "notes":
		if body, ok := noteBody(w, r); ok {
			note := s.newNote(Bot, body)
			s.issues[at].Notes = append(s.issues[at].Notes, note)
			w.send(http.StatusCreated, note)
		}
	default:
		w.refuse(http.StatusNotFound, "404 Not Found")
	}
}

// listIssues filters by state, by labels, all of which an issue must have, and by
// a text in title or description. Newest first, as GitLab does.
func (s *Server) listIssues(w *response, r *http.Request) {
	query := r.URL.Query()
	var found []Issue
	for _, issue := range slices.Backward(s.issues) {
		if state := query.Get("state"); state != "" && state != "all" && state != issue.State {
			continue
		}
		if labels := query.Get("labels"); labels != "" && !containsAll(issue.Labels, strings.Split(labels, ",")) {
			continue
		}
		if search := query.Get("search"); !strings.Contains(issue.Title+"\n"+issue.Description, search) {
			continue
		}
		found = append(found, issue)
	}
	sendPage(w, r, found)
}

func (s *Server) createIssue(w *response, r *http.Request) {
	var request issueRequest
	if !decode(w, r, &request) {
		return
	}
	if request.Title == nil || *request.Title == "" {
		w.send(http.StatusBadRequest, map[string]string{"error": "title is missing"})
		return
	}
	if !request.fits(w) {
		return
	}
	s.last++
	now := time.Now().UTC()
	iid := int64(len(s.issues) + 1)
	issue := Issue{
		ID: s.last, IID: iid, State: Opened, Author: Bot, CreatedAt: now, UpdatedAt: now, Labels: []string{},
		WebURL: fmt.Sprintf("http://%s/%s/-/issues/%d", r.Host, s.ProjectPath, iid),
	}
	request.apply(&issue)
	s.issues = append(s.issues, issue)
	w.send(http.StatusCreated, issue)
}

func (s *Server) updateIssue(w *response, r *http.Request, issue *Issue) {
	var request issueRequest
	if !decode(w, r, &request) || !request.fits(w) {
		return
	}
	request.apply(issue)
	issue.UpdatedAt = time.Now().UTC()
	w.send(http.StatusOK, issue)
}

// fits refuses what is too long.
func (q *issueRequest) fits(w *response) bool {
	switch {
	case q.Title != nil && utf8.RuneCountInString(*q.Title) > MaxTitle:
		w.send(http.StatusBadRequest, map[string]any{"message": map[string][]string{"title": {fmt.Sprintf("is too long (maximum is %d characters)", MaxTitle)}}})
	case q.Description != nil && utf8.RuneCountInString(*q.Description) > MaxDescription:
		w.send(http.StatusBadRequest, map[string]any{"message": map[string][]string{"description": {fmt.Sprintf("is too long (maximum is %d characters)", MaxDescription)}}})
	default:
		return true
	}
	return false
}

func (q *issueRequest) apply(issue *Issue) {
	if q.Title != nil {
		issue.Title = *q.Title
	}
	if q.Description != nil {
		issue.Description = *q.Description
	}
	if q.Labels != nil {
		issue.Labels = strings.Split(*q.Labels, ",")
	}
	switch q.StateEvent {
	case "close":
		issue.State = Closed
	case "reopen":
		issue.State = Opened
	}
}

func containsAll(all, wanted []string) bool {
	for _, each := range wanted {
		if !slices.Contains(all, each) {
			return false
		}
	}
	return true
}
