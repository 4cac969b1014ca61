package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// fingerprint hashes what the binary of a tool is made of: the sources of its
// module and of local modules that it replaces, go.mod, go.sum, the Go version
// and how it is built. Tests, test data and documents don't count.
func fingerprint(tools string, t tool, goVersion string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s/%s %s %s\n", t.name, t.version, runtime.GOOS, runtime.GOARCH, goVersion, t.pkg+" "+t.ldflags)
	moduleDir := filepath.Join(tools, t.module)
	dirs, err := localReplacements(moduleDir)
	if err != nil {
		return "", err
	}
	for _, dir := range t.also {
		dirs = append(dirs, filepath.Join(tools, dir))
	}
	for _, dir := range append([]string{moduleDir}, dirs...) {
		if err := hashTree(h, dir); err != nil {
			return "", fmt.Errorf("hash the sources in %s: %w", dir, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

func hashTree(h io.Writer, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			// A directory with a go.mod is another module.
			if path != root && (name == "testdata" || strings.HasPrefix(name, ".") || exists(filepath.Join(path, "go.mod"))) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".md") || strings.HasPrefix(name, ".") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(rel), len(content))
		_, err = h.Write(content)
		return err
	})
}

// localReplacements returns the directories that the module's go.mod replaces
// other modules with.
func localReplacements(moduleDir string) ([]string, error) {
	mod, err := os.ReadFile(filepath.Join(moduleDir, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	var dirs []string
	for line := range strings.Lines(string(mod)) {
		line, _, _ = strings.Cut(line, "//")
		_, target, ok := strings.Cut(line, "=>")
		target = strings.TrimSpace(target)
		if !ok || !strings.HasPrefix(target, "./") && !strings.HasPrefix(target, "../") {
			continue
		}
		dirs = append(dirs, filepath.Join(moduleDir, target))
	}
	return dirs, nil
}
