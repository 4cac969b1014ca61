package gitlab

import (
	"context"
	"fmt"
	"strings"

	api "gitlab.com/gitlab-org/api/client-go"
)

// MaxDescription is the greatest length of an issue's description, in characters:
// https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics
const MaxDescription = 1_048_576

// Issue is what an issue about a topic says.
type Issue struct {
	// Topic tells the issue from others with the same label.
	Topic string
	// Label is how the issue is listed.
	Label       string
	Title, Body string
}

// PutIssue writes the issue of a topic: the open one is updated, or a new one
// opened. It returns the issue's address, and whether it opened one.
func (c *Client) PutIssue(ctx context.Context, issue Issue) (url string, opened bool, err error) {
	text := mark(issue.Topic) + "\n" + issue.Body
	found, err := c.openIssue(ctx, issue.Topic, issue.Label)
	if err != nil {
		return "", false, err
	}
	if found != nil {
		updated, _, err := c.api.Issues.UpdateIssue(c.project, found.IID, &api.UpdateIssueOptions{Title: &issue.Title, Description: &text}, api.WithContext(ctx))
		if err != nil {
			return "", false, explain(fmt.Sprintf("can't update issue #%d", found.IID), err)
		}
		return updated.WebURL, false, nil
	}
	created, _, err := c.api.Issues.CreateIssue(c.project, &api.CreateIssueOptions{
		Title: &issue.Title, Description: &text, Labels: &api.LabelOptions{issue.Label},
	}, api.WithContext(ctx))
	if err != nil {
		return "", false, explain("can't open an issue", err)
	}
	return created.WebURL, true, nil
}

// CloseIssue closes the open issue of a topic and says why in a note. Without one
// it does nothing. It returns the issue's address, or "".
func (c *Client) CloseIssue(ctx context.Context, topic, label, why string) (url string, err error) {
	found, err := c.openIssue(ctx, topic, label)
	if err != nil || found == nil {
		return "", err
	}
	if _, _, err := c.api.Notes.CreateIssueNote(c.project, found.IID, &api.CreateIssueNoteOptions{Body: &why}, api.WithContext(ctx)); err != nil {
		return "", explain(fmt.Sprintf("can't write a note on issue #%d", found.IID), err)
	}
	if _, _, err := c.api.Issues.UpdateIssue(c.project, found.IID, &api.UpdateIssueOptions{StateEvent: api.Ptr("close")}, api.WithContext(ctx)); err != nil {
		return "", explain(fmt.Sprintf("can't close issue #%d", found.IID), err)
	}
	return found.WebURL, nil
}

// openIssue finds the open issue of a topic, or nil.
func (c *Client) openIssue(ctx context.Context, topic, label string) (*api.Issue, error) {
	options := &api.ListProjectIssuesOptions{
		ListOptions: api.ListOptions{PerPage: pageSize},
		State:       api.Ptr("opened"),
		Labels:      &api.LabelOptions{label},
	}
	for issue, err := range api.Scan2(func(page api.PaginationOptionFunc) ([]*api.Issue, *api.Response, error) {
		return c.api.Issues.ListProjectIssues(c.project, options, page, api.WithContext(ctx))
	}) {
		if err != nil {
			return nil, explain("can't read the project's issues", err)
		}
		if strings.HasPrefix(issue.Description, mark(topic)) {
			return issue, nil
		}
	}
	return nil, nil
}
