package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/internal/gitlabtest"
)

// pipeline starts a GitLab and sets the variables of a job of a merge request.
func pipeline(t *testing.T) *gitlabtest.Server {
	t.Helper()
	clean(t)
	fake := &gitlabtest.Server{ProjectID: 42, ProjectPath: "group/recipes", Token: "glpat-0123", MergeRequests: []int64{7}}
	endpoint := httptest.NewServer(fake)
	t.Cleanup(endpoint.Close)
	for name, value := range map[string]string{
		"CI_API_V4_URL": endpoint.URL + "/api/v4", "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "7",
		"GITLAB_TOKEN": "glpat-0123", "CI_JOB_URL": "https://gitlab.example.com/job", "CI_COMMIT_SHORT_SHA": "0123abcd",
	} {
		t.Setenv(name, value)
	}
	return fake
}

const previewOf = `{"steps": [
  {"op": "same", "urn": "urn:pulumi:staging::slipway::pulumi:pulumi:Stack::slipway-staging", "oldState": {"inputs": {}}, "newState": {"inputs": {}}},
  {"op": "%OP%", "urn": "urn:pulumi:staging::slipway::aws:kms/key:Key::staging-key", "oldState": {"inputs": {"a": 1}}, "newState": {"inputs": {"a": 2}}}
]}`

func previewFile(t *testing.T, op string) string {
	return file(t, strings.ReplaceAll(previewOf, "%OP%", op))
}

func TestCommentWritesOneNoteForEachStack(t *testing.T) {
	fake := pipeline(t)
	for i, want := range []string{"wrote a note", "updated the note"} {
		code, _, errs := slipway(t, "", "comment", "--stack", "staging", "--preview", previewFile(t, []string{"same", "replace"}[i]))
		if code != 0 || !strings.Contains(errs, want+" about staging on merge request !7") {
			t.Fatalf("got %d, %q", code, errs)
		}
	}
	notes := fake.Notes(7)
	if len(notes) != 1 {
		t.Fatalf("got %+v", notes)
	}
	for _, want := range []string{"DATA IS LOST", "staging-key** is **replaced**", "1.00 USD | 1.00 USD | unchanged", "[job](https://gitlab.example.com/job) · commit 0123abcd"} {
		if !strings.Contains(notes[0].Body, want) {
			t.Errorf("no %q in %s", want, notes[0].Body)
		}
	}
}

func TestCommentShowsWithoutGitLab(t *testing.T) {
	clean(t)
	code, out, errs := slipway(t, "", "comment", "--show", "--stack", "staging", "--preview", previewFile(t, "update"))
	if code != 0 || !strings.Contains(out, "**1 updated**") {
		t.Errorf("got %d, %q, %q", code, out, errs)
	}
}

// Without a token there is GitLab's own report, and the text is in the job's log.
func TestWithoutATokenThereIsTheWidget(t *testing.T) {
	fake := pipeline(t)
	t.Setenv("GITLAB_TOKEN", "")
	widget := filepath.Join(t.TempDir(), "changes.json")
	code, out, errs := slipway(t, "", "comment", "--stack", "staging", "--preview", previewFile(t, "replace"), "--widget", widget, "--of", "none")
	if code != 0 || !strings.Contains(errs, "GITLAB_TOKEN is not set") || !strings.Contains(out, "DATA IS LOST") || len(fake.Notes(7)) != 0 {
		t.Errorf("got %d, %q, %q", code, out, errs)
	}
	if !strings.Contains(out, "no copy of the state could be read: everything is shown as new") {
		t.Errorf("the text does not say what it is against: %s", out)
	}
	text, err := os.ReadFile(widget)
	if want := `{"create":1,"delete":1,"update":0}` + "\n"; err != nil || string(text) != want {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
	code, out, errs = slipway(t, "", "drift", "--stack", "staging", "--preview", previewFile(t, "update"))
	if code != drifted || !strings.Contains(errs, "GITLAB_TOKEN is not set") || !strings.Contains(out, "staging-key") || len(fake.Issues()) != 0 {
		t.Errorf("got %d, %q, %q", code, out, errs)
	}
}

func TestDriftKeepsOneIssue(t *testing.T) {
	fake := pipeline(t)
	for _, test := range []struct {
		op, want string
		code     int
	}{
		{"same", "", 0},
		{"update", "opened an issue about staging", drifted},
		{"replace", "updated the issue about staging", drifted},
		{"same", "closed the issue about staging", 0},
		{"same", "", 0},
	} {
		code, _, errs := slipway(t, "", "drift", "--stack", "staging", "--preview", previewFile(t, test.op))
		if code != test.code || !strings.Contains(errs, test.want) || test.want == "" && errs != "" {
			t.Errorf("%s: got %d, %q", test.op, code, errs)
		}
	}
	issues := fake.Issues()
	if len(issues) != 1 || issues[0].State != gitlabtest.Closed || issues[0].Title != "Drift of staging: 1 resource is not as the program says" || len(issues[0].Notes) != 1 {
		t.Errorf("got %+v", issues)
	}
}

func TestDriftIsNotKnownAfterAFailedPreview(t *testing.T) {
	fake := pipeline(t)
	failed := file(t, `{"diagnostics": [{"severity": "error", "message": "AccessDenied"}]}`)
	code, _, errs := slipway(t, "", "drift", "--stack", "staging", "--preview", failed)
	if code != 1 || !strings.Contains(errs, "whether AWS differs is not known") || len(fake.Issues()) != 0 {
		t.Errorf("got %d, %q", code, errs)
	}
}

func TestWatchRefusesWhatItCannotRead(t *testing.T) {
	clean(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--since", "yesterday"}, "--since must be a time such as"},
		{[]string{"--for", "0s"}, "--for must be above 0"},
		{[]string{"--outputs", os.DevNull}, "stack staging has no outputs"},
	} {
		code, _, errs := slipway(t, "", append([]string{"watch", "--stack", "staging"}, test.args...)...)
		if code != 1 || !strings.Contains(errs, test.want) {
			t.Errorf("%v: got %d, %q", test.args, code, errs)
		}
	}
}
