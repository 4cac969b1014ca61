package reference_test

import (
	"os"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/reference"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestThePagesInTheRepositoryAreFresh(t *testing.T) {
	for file, make := range map[string]func() (string, error){
		"docs/configuration.md": func() (string, error) { return reference.Page("staging", "prod") },
		"docs/runbook.md":       func() (string, error) { return reference.Runbook("prod") },
	} {
		want, err := make()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is stale: make it anew with `make reference`", file)
		}
	}
}

func TestTheRunbookBeginsWithWhatPages(t *testing.T) {
	page, err := reference.Runbook("prod")
	if err != nil {
		t.Fatal(err)
	}
	lastPage, firstTicket := strings.LastIndex(page, "*page.*"), strings.Index(page, "*ticket.*")
	if firstTicket < 0 || lastPage < 0 || lastPage > firstTicket {
		t.Errorf("pages end at %d, tickets begin at %d", lastPage, firstTicket)
	}
	for _, want := range []string{"## no-healthy-target\n", "- First: ", "- It goes off when: "} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestEveryKeyHasItsTypeAndValues(t *testing.T) {
	page, err := reference.Page("staging", "prod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| key | type | staging | prod | meaning |",
		"| `zones` | list of strings | `[a, b]` | `[a, b, c]` | Letters of the availability zones in the region, two to four, such as [a, b]. A zone is added at the end and replaces nothing; the order never changes. None goes that the database or its standby may be in. |",
		"| `alarmEmails` | list of strings | `[]` | `[ops@example.com]` |",
		"| `domain` | string | empty | `recipes.example.com` |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestAFileThatIsNotThereIsNamed(t *testing.T) {
	if _, err := reference.Page("nowhere"); err == nil || !strings.Contains(err.Error(), "Pulumi.nowhere.yaml") {
		t.Errorf("got %v", err)
	}
}
