// Package repository opens the one that the documents are about.
package repository

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/check"
)

// Open lists the files under root that git does not ignore, and builds slipway,
// where and as make does, to be asked for its flags.
func Open(root string) (check.Repository, error) {
	printed, err := output(exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
	if err != nil {
		return check.Repository{}, err
	}
	var paths []string
	for path := range strings.SplitSeq(strings.TrimSuffix(printed, "\x00"), "\x00") {
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

var (
	// flag is a line of the help of cobra's commands: "  -h, --help   help for x".
	flag = regexp.MustCompile(`(?m)^ +(?:(-\w), )?(--[\w-]+)`)
	// list is the part of it that names commands, in its first group.
	list = regexp.MustCompile(`(?m)^Available Commands:\n((?:  .*\n)*)`)
	// listed is a line of that.
	listed = regexp.MustCompile(`(?m)^  ([\w-]+)`)
)

// flagsOf asks a program for the flags of its commands, of each once.
func flagsOf(program string) func(words []string) (map[string]bool, error) {
	asked := map[string]string{}
	ask := func(command []string) (string, error) {
		name := strings.Join(command, " ")
		if help, ok := asked[name]; ok {
			return help, nil
		}
		help, err := output(exec.Command(program, append(command, "--help")...))
		asked[name] = help
		return help, err
	}
	return func(words []string) (map[string]bool, error) {
		for length := 1; ; length++ {
			help, err := ask(words[:length:length])
			if err != nil {
				return nil, err
			}
			// Further words are commands as long as there are some, then arguments.
			commands := list.FindStringSubmatch(help)
			if commands == nil || length == len(words) {
				return flags(help), nil
			}
			if !slices.ContainsFunc(listed.FindAllStringSubmatch(commands[1], -1), func(match []string) bool { return match[1] == words[length] }) {
				return nil, fmt.Errorf("it has no command %s", words[length])
			}
		}
	}
}

func flags(help string) map[string]bool {
	found := map[string]bool{}
	for _, match := range flag.FindAllStringSubmatch(help, -1) {
		found[match[1]], found[match[2]] = true, true
	}
	return found
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
