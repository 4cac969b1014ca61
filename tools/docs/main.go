// Command docs writes the line ranges of docs/where.md anew and checks all
// documents of the repository: links, commands, flags, keys and paths.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"gitlab.com/slipway/slipway/tools/docs/internal/check"
	"gitlab.com/slipway/slipway/tools/docs/internal/repository"
	"gitlab.com/slipway/slipway/tools/docs/internal/where"
)

func main() {
	root := flag.String("root", "../..", "the repository's `directory`")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string) error {
	if err := refresh(root); err != nil {
		return err
	}
	opened, err := repository.Open(root)
	if err != nil {
		return err
	}
	problems, err := check.Documents(opened)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems in the documents", len(problems))
	}
	return nil
}

// refresh writes the page of questions when its lines have moved.
func refresh(root string) error {
	path := filepath.Join(root, where.Page)
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fresh, err := where.Refresh(os.DirFS(root), page)
	if err != nil || string(fresh) == string(page) {
		return err
	}
	return os.WriteFile(path, fresh, 0o644)
}
