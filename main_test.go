package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The program that runs locally is the one that AWS gets: nothing in it may know
// where it runs.
func TestNothingKnowsWhereItRuns(t *testing.T) {
	words := regexp.MustCompile(`(?i)ministack|localstack|emulator|localhost|127\.0\.0\.1|\b(4566|4580|4543)\b|slipway_local`)
	read := 0
	for _, root := range []string{"main.go", "infra", "components", "django-app", "Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml", "go.mod"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "tests" || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "__pycache__"):
				return fs.SkipDir
			case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			read++
			for number, line := range strings.Split(string(text), "\n") {
				if word := words.FindString(line); word != "" {
					t.Errorf("%s:%d: %q", path, number+1, word)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 80 {
		t.Errorf("only %d files were read", read)
	}
}
