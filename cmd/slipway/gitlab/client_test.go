package gitlab_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/gitlab"
	"gitlab.com/slipway/slipway/internal/gitlabtest"
	"gitlab.com/slipway/slipway/internal/problem"
)

const (
	token        = "glpat-0123"
	mergeRequest = 7
	topic        = "preview:staging"
	mark         = "<!-- slipway:preview:staging -->"
)

// server starts a GitLab with one merge request, and a client of it.
func server(t *testing.T) (*gitlabtest.Server, *gitlab.Client) {
	t.Helper()
	fake := &gitlabtest.Server{ProjectID: 42, ProjectPath: "group/recipes", Token: token, MergeRequests: []int64{mergeRequest}}
	return fake, client(t, fake, gitlab.Settings{Project: "42", Token: token})
}

func client(t *testing.T, fake *gitlabtest.Server, settings gitlab.Settings) *gitlab.Client {
	t.Helper()
	endpoint := httptest.NewServer(fake)
	t.Cleanup(endpoint.Close)
	settings.URL = endpoint.URL + "/api/v4"
	made, err := gitlab.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func put(t *testing.T, c *gitlab.Client, body string) bool {
	t.Helper()
	created, err := c.PutNote(t.Context(), mergeRequest, topic, body)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// bodies are the texts of the merge request's notes that are about the topic.
func bodies(fake *gitlabtest.Server) []string {
	var found []string
	for _, note := range fake.Notes(mergeRequest) {
		if strings.Contains(note.Body, mark) {
			found = append(found, note.Body)
		}
	}
	return found
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoteIsMadeOnceAndThenUpdated(t *testing.T) {
	fake, c := server(t)
	fake.Add(mergeRequest, gitlabtest.Other, "Looks good")
	if !put(t, c, "first") {
		t.Error("the first note was not made")
	}
	if put(t, c, "second") {
		t.Error("a second note was made")
	}
	equal(t, bodies(fake), mark+"\nsecond")
	if len(fake.Notes(mergeRequest)) != 2 {
		t.Errorf("got %+v", fake.Notes(mergeRequest))
	}
}

func TestStacksHaveNotesOfTheirOwn(t *testing.T) {
	fake, c := server(t)
	for _, stack := range []string{"staging", "staging-2", "staging"} {
		if _, err := c.PutNote(t.Context(), mergeRequest, "preview:"+stack, stack); err != nil {
			t.Fatal(err)
		}
	}
	if got := fake.Notes(mergeRequest); len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestNoteIsFoundBehindManyOthers(t *testing.T) {
	fake, c := server(t)
	for i := range 250 {
		fake.Add(mergeRequest, gitlabtest.Other, fmt.Sprint("remark ", i))
	}
	put(t, c, "first")
	put(t, c, "second")
	equal(t, bodies(fake), mark+"\nsecond")
	var pages []string
	for _, request := range fake.Requests()[4:] {
		if request.Method == http.MethodGet {
			pages = append(pages, request.Query.Get("page"))
		}
	}
	equal(t, pages, "", "2", "3")
}

func TestQuoteOfSomebodyElseIsLeftAlone(t *testing.T) {
	fake, c := server(t)
	fake.Add(mergeRequest, gitlabtest.Other, mark+"\nquoted")
	if !put(t, c, "own") {
		t.Error("no note was made")
	}
	put(t, c, "own again")
	equal(t, bodies(fake), mark+"\nquoted", mark+"\nown again")
}

// deleter deletes a note between the list and the update.
type deleter struct {
	*gitlabtest.Server
	id int64
}

func (d deleter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		d.Delete(mergeRequest, d.id)
	}
	d.Server.ServeHTTP(w, r)
}

func TestNoteThatWasDeletedMeanwhileIsMadeAgain(t *testing.T) {
	fake, _ := server(t)
	id := fake.Add(mergeRequest, gitlabtest.Bot, mark+"\nold")
	endpoint := httptest.NewServer(deleter{fake, id})
	defer endpoint.Close()
	c, err := gitlab.New(gitlab.Settings{URL: endpoint.URL + "/api/v4", Project: "group/recipes", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	if !put(t, c, "new") {
		t.Error("no note was made")
	}
	equal(t, bodies(fake), mark+"\nnew")
}

func TestWaitsAsLongAsGitLabAsks(t *testing.T) {
	fake := &gitlabtest.Server{ProjectID: 42, Token: token, MergeRequests: []int64{mergeRequest}, RateLimited: 1, RetryAfter: 2}
	c := client(t, fake, gitlab.Settings{Project: "42", Token: token})
	put(t, c, "late")
	equal(t, bodies(fake), mark+"\nlate")
	requests := fake.Requests()
	if requests[0].Status != http.StatusTooManyRequests {
		t.Fatalf("got %+v", requests)
	}
	// Without Retry-After the client would ask again after one second.
	if waited := requests[1].At.Sub(requests[0].At); waited < 2*time.Second {
		t.Errorf("asked again after %s", waited)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		settings     gitlab.Settings
		mergeRequest int64
		body         string
		want         []string
	}{
		"another merge request": {gitlab.Settings{Project: "42", Token: token}, 8, "text", []string{"notes of merge request !8", "404", "next: look whether"}},
		"another project":       {gitlab.Settings{Project: "43", Token: token}, mergeRequest, "text", []string{"404", "next: look whether"}},
		"a wrong token":         {gitlab.Settings{Project: "42", Token: "glpat-old"}, mergeRequest, "text", []string{"401", "next: make a new project access token"}},
		"a note too long":       {gitlab.Settings{Project: "42", Token: token}, mergeRequest, strings.Repeat("x", gitlab.MaxNote), []string{"400", "too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &gitlabtest.Server{ProjectID: 42, Token: token, MergeRequests: []int64{mergeRequest}}
			_, err := client(t, fake, test.settings).PutNote(t.Context(), test.mergeRequest, topic, test.body)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %q", want, err)
				}
			}
			if strings.Contains(err.Error(), test.settings.Token) {
				t.Errorf("the token stands in %q", err)
			}
			if len(fake.Notes(mergeRequest)) != 0 {
				t.Error("a note was written")
			}
		})
	}
}

func TestIssueIsOpenedUpdatedAndClosed(t *testing.T) {
	fake, c := server(t)
	write := func(topic, body string) bool {
		t.Helper()
		_, opened, err := c.PutIssue(t.Context(), gitlab.Issue{Topic: topic, Label: "drift", Title: "Drift of " + topic, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return opened
	}
	if !write("drift:staging", "one") || write("drift:staging", "two") || !write("drift:prod", "other") {
		t.Error("issues were not opened once for each topic")
	}
	url, err := c.CloseIssue(t.Context(), "drift:staging", "drift", "It is gone.")
	if err != nil || url == "" {
		t.Fatalf("got %q, %v", url, err)
	}
	if url, err := c.CloseIssue(t.Context(), "drift:staging", "drift", "It is gone."); err != nil || url != "" {
		t.Errorf("closed again: %q, %v", url, err)
	}
	if !write("drift:staging", "again") {
		t.Error("a closed issue was updated instead of a new one opened")
	}
	var got []string
	for _, issue := range fake.Issues() {
		got = append(got, fmt.Sprintf("%s %s %q %v %d", issue.Title, issue.State, strings.Split(issue.Description, "\n")[1], issue.Labels, len(issue.Notes)))
	}
	equal(t, got,
		`Drift of drift:staging closed "two" [drift] 1`,
		`Drift of drift:prod opened "other" [drift] 0`,
		`Drift of drift:staging opened "again" [drift] 0`,
	)
}

func TestSettingsOfThePipeline(t *testing.T) {
	for _, name := range []string{"CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN", "CI_MERGE_REQUEST_IID"} {
		t.Setenv(name, "")
	}
	if _, err := gitlab.FromPipeline(); err == nil || !strings.Contains(err.Error(), "CI_API_V4_URL") || !strings.Contains(err.Error(), "CI_PROJECT_ID") {
		t.Errorf("got %v", err)
	}
	t.Setenv("CI_API_V4_URL", "https://gitlab.example.com/api/v4")
	t.Setenv("CI_PROJECT_ID", "42")
	if _, err := gitlab.FromPipeline(); err == nil || !strings.Contains(err.Error(), "project access token") {
		t.Errorf("got %v", err)
	}
	t.Setenv("GITLAB_TOKEN", token)
	if got, err := gitlab.FromPipeline(); err != nil || got.Project != "42" || got.Token != token {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := gitlab.MergeRequest(); err == nil {
		t.Error("a pipeline without a merge request has one")
	} else if code, _ := problem.Code(err); code != 1 {
		t.Errorf("got exit code %d", code)
	}
	t.Setenv("CI_MERGE_REQUEST_IID", "7")
	if iid, err := gitlab.MergeRequest(); err != nil || iid != 7 {
		t.Errorf("got %d, %v", iid, err)
	}
}
