package check_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"gitlab.com/slipway/slipway/tools/docs/internal/check"
)

// Every archive is a small repository with a document, and in its comment the
// problems that are found there: exactly these.
func TestDocuments(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			problems, err := check.Documents(repository(t, archive))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, problem := range problems {
				fmt.Fprintln(&got, problem)
			}
			if want := string(archive.Comment); got.String() != want {
				t.Errorf("got\n%swant\n%s", &got, want)
			}
		})
	}
}

func repository(t *testing.T, archive *txtar.Archive) check.Repository {
	t.Helper()
	files, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	r := check.Repository{Files: files, Flags: flags}
	for _, file := range archive.Files {
		r.Paths = append(r.Paths, file.Name)
	}
	return r
}

// flags are those of a slipway with one command.
func flags(words []string) (map[string]bool, error) {
	if words[0] != "status" {
		return nil, errors.New("unknown command")
	}
	return map[string]bool{"--stack": true, "-s": true}, nil
}

func TestARepositoryWithoutMakefileIsRefused(t *testing.T) {
	archive := txtar.Parse([]byte("-- README.md --\n"))
	if _, err := check.Documents(repository(t, archive)); err == nil || !strings.Contains(err.Error(), "Makefile") {
		t.Errorf("got %v", err)
	}
}
