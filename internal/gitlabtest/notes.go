package gitlabtest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// mergeRequestNotes serves /merge_requests/NUMBER/notes and what is below.
func (s *Server) mergeRequestNotes(w *response, r *http.Request, mergeRequest string, below []string) {
	iid := number(mergeRequest)
	if !slices.Contains(s.MergeRequests, iid) {
		w.refuse(http.StatusNotFound, "404 Not found")
		return
	}
	switch {
	case r.Method == http.MethodGet && len(below) == 0:
		notes := slices.Clone(s.notes[iid])
		if r.URL.Query().Get("sort") != "asc" {
			slices.Reverse(notes)
		}
		sendPage(w, r, notes)
	case r.Method == http.MethodPost && len(below) == 0:
		if body, ok := noteBody(w, r); ok {
			note := s.newNote(Bot, body)
			s.addNote(iid, note)
			w.send(http.StatusCreated, note)
		}
	case r.Method == http.MethodPut && len(below) == 1:
		s.updateNote(w, r, s.notes[iid], number(below[0]))
	default:
		w.refuse(http.StatusNotFound, "404 Not Found")
	}
}

func (s *Server) updateNote(w *response, r *http.Request, notes []Note, id int64) {
	at := slices.IndexFunc(notes, func(note Note) bool { return note.ID == id })
	if at < 0 {
		w.refuse(http.StatusNotFound, "404 Note Not Found")
		return
	}
	if notes[at].Author != Bot {
		w.refuse(http.StatusForbidden, "403 Forbidden")
		return
	}
	if body, ok := noteBody(w, r); ok {
		notes[at].Body, notes[at].UpdatedAt = body, time.Now().UTC()
		w.send(http.StatusOK, notes[at])
	}
}

// noteBody reads the text of a note and refuses what GitLab refuses.
func noteBody(w *response, r *http.Request) (string, bool) {
	var request struct{ Body string }
	if !decode(w, r, &request) {
		return "", false
	}
	if request.Body == "" {
		w.send(http.StatusBadRequest, map[string]string{"error": "body is missing"})
		return "", false
	}
	if utf8.RuneCountInString(request.Body) > MaxNote {
		w.refuse(http.StatusBadRequest, fmt.Sprintf(`400 Bad request - Note {:note=>["is too long (maximum is %d characters)"]}`, MaxNote))
		return "", false
	}
	return request.Body, true
}
