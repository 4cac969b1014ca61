package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	api "gitlab.com/gitlab-org/api/client-go"
)

// MaxNote is the greatest length of a note, in characters:
// https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics
const MaxNote = 1_000_000

// pageSize is the most that GitLab puts in a page.
const pageSize = 100

// mark is the line that a text about a topic is found again by: a comment, which
// GitLab does not show.
func mark(topic string) string { return fmt.Sprintf("<!-- slipway:%s -->", topic) }

// PutNote writes the note of a topic on a merge request: the one that is there is
// updated, or a new one made. It reports whether it made one.
func (c *Client) PutNote(ctx context.Context, mergeRequest int64, topic, body string) (created bool, err error) {
	text := mark(topic) + "\n" + body
	for note, err := range c.notes(ctx, mergeRequest) {
		if err != nil {
			return false, explain(fmt.Sprintf("can't read the notes of merge request !%d", mergeRequest), err)
		}
		if note.System || !strings.HasPrefix(note.Body, mark(topic)) {
			continue
		}
		_, _, err := c.api.Notes.UpdateMergeRequestNote(c.project, mergeRequest, note.ID, &api.UpdateMergeRequestNoteOptions{Body: &text}, api.WithContext(ctx))
		switch {
		case err == nil:
			return false, nil
		// Somebody quoted the note, or has deleted it since.
		case status(err, http.StatusForbidden), status(err, http.StatusNotFound):
		default:
			return false, explain(fmt.Sprintf("can't update the note %d of merge request !%d", note.ID, mergeRequest), err)
		}
	}
	_, _, err = c.api.Notes.CreateMergeRequestNote(c.project, mergeRequest, &api.CreateMergeRequestNoteOptions{Body: &text}, api.WithContext(ctx))
	if err != nil {
		return false, explain(fmt.Sprintf("can't write a note on merge request !%d", mergeRequest), err)
	}
	return true, nil
}

// notes goes through the notes of a merge request, oldest first: the note of a
// topic is as old as its first pipeline.
func (c *Client) notes(ctx context.Context, mergeRequest int64) func(func(*api.Note, error) bool) {
	options := &api.ListMergeRequestNotesOptions{
		ListOptions: api.ListOptions{PerPage: pageSize},
		OrderBy:     api.Ptr("created_at"),
		Sort:        api.Ptr("asc"),
	}
	return api.Scan2(func(page api.PaginationOptionFunc) ([]*api.Note, *api.Response, error) {
		return c.api.Notes.ListMergeRequestNotes(c.project, mergeRequest, options, page, api.WithContext(ctx))
	})
}
