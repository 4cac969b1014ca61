package main

import (
	"os"
	"path/filepath"
	"testing"

	"gitlab.com/slipway/slipway/tools/docs/internal/check"
	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
	"gitlab.com/slipway/slipway/tools/docs/internal/repository"
	"gitlab.com/slipway/slipway/tools/docs/internal/where"
)

// root is the repository. Its files lie outside of this module, so Go does not
// notice their changes: run with -count=1, as make does.
const root = "../.."

func TestDocumentsAreTrue(t *testing.T) {
	opened, err := repository.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := check.Documents(opened)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestLineRangesAreFresh(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, where.Page))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := where.Refresh(os.DirFS(root), page)
	if err != nil {
		t.Fatal(err)
	}
	if string(fresh) != string(page) {
		t.Errorf("%s is stale: run make docs", where.Page)
	}
	if rows := markdown.Parse(where.Page, page).Rows; len(rows) < 20 {
		t.Errorf("%s answers %d questions, want 20", where.Page, len(rows))
	}
}

// The flags come from a text for people: if that were read wrongly, no flag in a
// document could be wrong.
func TestFlagsOfSlipway(t *testing.T) {
	opened, err := repository.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"status"}, {"manage", "check"}, {"state", "unlock"}} {
		if flags, err := opened.Flags(words); err != nil || !flags["--stack"] || !flags["-h"] || flags["--none"] {
			t.Errorf("flags of slipway %v: %v, %v", words, flags, err)
		}
	}
	for _, words := range [][]string{{"satus"}, {"state", "unlok"}} {
		if _, err := opened.Flags(words); err == nil {
			t.Errorf("slipway has a command %v", words)
		}
	}
}
