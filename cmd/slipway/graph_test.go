package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

// The pictures in the documents are those of the program as it is.
func TestPicturesAreFresh(t *testing.T) {
	const kept = "docs/images/stack"
	t.Chdir("../..")
	dir := t.TempDir()
	if code, _, errs := slipway(t, "", "graph", "--out", dir); code != 0 {
		t.Fatal(errs)
	}
	want, got := pictures(t, dir), pictures(t, kept)
	mocktest.Equal(t, "pictures", got, want)
	for _, name := range want {
		fresh, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if found, err := os.ReadFile(filepath.Join(kept, name)); err != nil || !bytes.Equal(found, fresh) {
			t.Errorf("%s is stale: run make graph", name)
		}
	}
}

func pictures(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
