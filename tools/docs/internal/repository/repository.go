// Package repository opens the one that the documents are about.
package repository

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/check"
)

// Open lists the files under root that git does not ignore, and builds slipway,
// where and as make does, to be asked for its flags.
func Open(root string) (check.Repository, error) {
	listed, err := output(exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
	if err != nil {
		return check.Repository{}, err
	}
	var paths []string
	for path := range strings.SplitSeq(strings.TrimSuffix(listed, "\x00"), "\x00") {
		// One that was deleted stays in git's index until that is committed.
		if _, err := os.Lstat(filepath.Join(root, path)); err == nil {
			paths = append(paths, path)
		}
	}
	slipway, err := filepath.Abs(filepath.Join(root, ".slipway/cli/slipway"))
	if err != nil {
		return check.Repository{}, err
	}
	build := exec.Command("go", "-C", filepath.Join(root, "cmd/slipway"), "build", "-ldflags=-s -w", "-o", slipway, ".")
	if _, err := output(build); err != nil {
		return check.Repository{}, err
	}
	return check.Repository{Files: os.DirFS(root), Paths: paths, Flags: flagsOf(slipway)}, nil
}

// flag is a line of the help of cobra's commands: "  -h, --help   help for x".
var flag = regexp.MustCompile(`(?m)^ +(?:(-\w), )?(?:    )?(--[\w-]+)`)

// flagsOf asks a program for the flags of its subcommands, of each once.
func flagsOf(program string) func(string) (map[string]bool, error) {
	known := map[string]map[string]bool{}
	return func(subcommand string) (map[string]bool, error) {
		if flags, ok := known[subcommand]; ok {
			return flags, nil
		}
		help, err := output(exec.Command(program, subcommand, "--help"))
		if err != nil {
			return nil, err
		}
		flags := map[string]bool{}
		for _, match := range flag.FindAllStringSubmatch(help, -1) {
			flags[match[1]], flags[match[2]] = true, true
		}
		known[subcommand] = flags
		return flags, nil
	}
}

// output is what a command prints; its error holds what it complains about.
func output(command *exec.Cmd) (string, error) {
	printed, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return "", fmt.Errorf("%s: %s", filepath.Base(command.Path), strings.TrimSpace(string(failed.Stderr)))
	}
	return string(printed), err
}
