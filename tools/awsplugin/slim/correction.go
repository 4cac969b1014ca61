package slim

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// correction is one changed statement in one file of a module.
type correction struct {
	module       string // for messages
	file         string // slash-separated, inside the module
	wrong, right string
}

// copy copies a module from source to target with the statement changed, and
// refuses a version that has the statement not at all or more than once.
func (c correction) copy(source, target string) error {
	corrected, err := c.corrected(source)
	if err != nil {
		return err
	}
	return filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("copy %s: %w", c.module, err)
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return fmt.Errorf("copy %s: %w", c.module, err)
		}
		name := d.Name()
		if d.IsDir() {
			if name == "codegen" || name == "testdata" || strings.HasPrefix(name, ".") && rel != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		var content []byte
		if filepath.ToSlash(rel) == c.file {
			content = corrected
		}
		if err := copyFile(path, filepath.Join(target, rel), content); err != nil {
			return fmt.Errorf("copy %s's %s: %w", c.module, rel, err)
		}
		return nil
	})
}

// apply changes the statement in a copy.
func (c correction) apply(target string) error {
	corrected, err := c.corrected(target)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(target, filepath.FromSlash(c.file)), corrected, 0o644); err != nil {
		return fmt.Errorf("correct %s: %w", c.module, err)
	}
	return nil
}

func (c correction) corrected(dir string) ([]byte, error) {
	original, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.file)))
	if err != nil {
		return nil, fmt.Errorf("correct %s: %w", c.module, err)
	}
	if n := bytes.Count(original, []byte(c.wrong)); n != 1 {
		return nil, fmt.Errorf("correct %s: %s has the statement to change %d times instead of once: see whether this version still needs the correction", c.module, c.file, n)
	}
	return bytes.Replace(original, []byte(c.wrong), []byte(c.right), 1), nil
}
