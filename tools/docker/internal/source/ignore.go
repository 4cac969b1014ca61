package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher/ignorefile"
)

// excludes reads the first ignore file there is: <Dockerfile>.dockerignore
// beside the Dockerfile, else .dockerignore at the root of the context.
// https://docs.docker.com/build/concepts/context/#filename-and-location
func excludes(context, dockerfile string) ([]string, error) {
	for _, name := range []string{dockerfile + ".dockerignore", filepath.Join(context, ".dockerignore")} {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open ignore file: %w", err)
		}
		defer file.Close()
		patterns, err := ignorefile.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		return patterns, nil
	}
	return nil, nil
}
