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

func TestThePageInTheRepositoryIsFresh(t *testing.T) {
	want, err := reference.Page("staging", "prod")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/configuration.md is stale: make it anew with `make reference`")
	}
}

func TestEveryKeyHasItsTypeAndValues(t *testing.T) {
	page, err := reference.Page("staging", "prod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| key | type | staging | prod | meaning |",
		"| `zones` | integer | `2` | `3` | Number of availability zones, 2 to 4. More zones replace nothing. |",
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
