package slim

import (
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// reachable returns the module's packages that Entry imports, directly or not,
// once only the given services are registered.
func reachable(root string, services []string) ([]string, error) {
	todo := []string{Entry}
	seen := map[string]bool{}
	var packages []string
	for len(todo) > 0 {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		packages = append(packages, dir)

		files, err := goFiles(filepath.Join(root, dir))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			imports, err := importsOf(file)
			if err != nil {
				return nil, err
			}
			for _, p := range imports {
				rel, ok := strings.CutPrefix(p, modulePath+"/")
				if !ok {
					continue
				}
				if file == filepath.Join(root, registryFile) && isDroppedService(rel, services) {
					continue
				}
				todo = append(todo, rel)
			}
		}
	}
	return packages, nil
}

func isDroppedService(dir string, services []string) bool {
	s, ok := strings.CutPrefix(dir, servicesDir+"/")
	return ok && !slices.Contains(services, s)
}

func importsOf(file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("parse the imports of the provider: %w", err)
	}
	paths := make([]string, 0, len(f.Imports))
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("parse the imports of %s: %w", file, err)
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// goFiles returns the Go files of a package without its tests.
func goFiles(dir string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", dir, err)
	}
	return slices.DeleteFunc(all, func(f string) bool { return strings.HasSuffix(f, "_test.go") }), nil
}

// copyPackages copies the packages' files, embedded ones included, and go.mod.
func copyPackages(source, target string, packages []string, replaced map[string][]byte) error {
	files := []string{"go.mod", "LICENSE"}
	for _, p := range packages {
		entries, err := os.ReadDir(filepath.Join(source, p))
		if err != nil {
			return fmt.Errorf("list the files of %s: %w", p, err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), "_test.go") {
				files = append(files, filepath.Join(p, e.Name()))
			}
		}
	}
	for _, f := range files {
		if err := copyFile(filepath.Join(source, f), filepath.Join(target, f), replaced[filepath.ToSlash(f)]); err != nil {
			return fmt.Errorf("copy the provider's %s: %w", f, err)
		}
	}
	return nil
}

// copyFile writes content, or else what is in source, to target.
func copyFile(source, target string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	if content != nil {
		if _, err := out.Write(content); err != nil {
			return err
		}
		return out.Close()
	}
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
