package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// options is what the command line asks for.
type options struct {
	out   string // directory for the links; absolute
	home  string // PULUMI_HOME to fill with the plugins; absolute, or empty
	tools string // directory of the tools' modules; absolute
	cache string // root of the cache; absolute
	only  []tool // the tools to provide, all by default
	list  bool   // only tell what there is
	build bool   // don't use official binaries
}

func parseOptions(args []string, usage io.Writer) (options, error) {
	flags := flag.NewFlagSet("toolchain", flag.ContinueOnError)
	flags.SetOutput(usage)
	out := flags.String("out", "", "`directory` for links to the programs (required unless --list)")
	home := flags.String("home", "", "PULUMI_HOME `directory` to register the plugins in (default: none)")
	tools := flags.String("tools", "..", "`directory` of the tools' modules")
	only := flags.String("only", "", "comma-separated `names` of the tools to provide (default: all)")
	list := flags.Bool("list", false, "print name, version, origin and path of every tool and build nothing")
	build := flags.Bool("build", false, "build from the modules even what the machine has an official binary of")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}

	var problems []error
	if flags.NArg() > 0 {
		problems = append(problems, fmt.Errorf("unexpected arguments %q: all options start with --", flags.Args()))
	}
	if *out == "" && !*list {
		problems = append(problems, errors.New("--out is missing: name the directory for the programs, for example --out $PWD/.slipway/bin"))
	}
	selected, err := selectTools(*only)
	problems = append(problems, err)
	cache, err := cacheRoot(os.Getenv)
	problems = append(problems, err)

	o := options{only: selected, list: *list, build: *build, cache: cache}
	for _, dir := range []struct {
		value  string
		target *string
	}{{*out, &o.out}, {*home, &o.home}, {*tools, &o.tools}} {
		if dir.value == "" {
			continue
		}
		abs, err := filepath.Abs(dir.value)
		problems = append(problems, err)
		*dir.target = abs
	}
	return o, errors.Join(problems...)
}

// selectTools returns the tools with the given comma-separated names.
func selectTools(names string) ([]tool, error) {
	if names == "" {
		return allTools, nil
	}
	var selected []tool
	var problems []error
	for _, n := range strings.Split(names, ",") {
		t, ok := findTool(strings.TrimSpace(n))
		if !ok {
			problems = append(problems, fmt.Errorf("unknown tool %q in --only: choose from %s", n, strings.Join(toolNames(), ", ")))
			continue
		}
		selected = append(selected, t)
	}
	return selected, errors.Join(problems...)
}

// cacheRoot returns the directory that all clones share.
func cacheRoot(getenv func(string) string) (string, error) {
	if dir := getenv("SLIPWAY_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Abs(filepath.Join(dir, "slipway"))
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".cache", "slipway"), nil
	}
	return "", errors.New("no place for the cache: set SLIPWAY_CACHE to a directory")
}
