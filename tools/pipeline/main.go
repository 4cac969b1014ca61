// Command pipeline runs .gitlab-ci.yml for real on this machine: gitlab-ci-local
// runs the jobs, the local AWS with IAM enforced is the account, and a stand-in on
// 127.0.0.1 is GitLab's API. Jobs get a role for a token, as they do in GitLab, and
// no key.
//
//	go run . [--only merge-request,main,schedule,tag]
//
// It works on a clone of the last commit. `make ci-local` does all of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root := flag.String("root", "../..", "the repository's `directory`")
	only := flag.String("only", "", "pipelines to run, with commas between (default: all)")
	flag.Parse()
	source, err := filepath.Abs(*root)
	if err != nil {
		return err
	}
	wanted, err := choose(*only)
	if err != nil {
		return err
	}
	var took []string
	timed := func(name string, step func(context.Context) error) error {
		fmt.Printf("\n=== %s\n", name)
		begun := time.Now()
		if err := step(ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took = append(took, fmt.Sprintf("  %-34s %6.0f s", name, time.Since(begun).Seconds()))
		return nil
	}
	p := &project{source: source, dir: filepath.Join(source, ".slipway", "pipeline")}
	defer p.close()
	if err := timed("prepare", p.prepare); err != nil {
		return err
	}
	for _, each := range wanted {
		if err := timed(each.name, func(ctx context.Context) error { return each.run(ctx, p) }); err != nil {
			return err
		}
	}
	fmt.Printf("\nall pipelines did what they should\n%s\n", strings.Join(took, "\n"))
	return nil
}

// choose picks pipelines by name, in their own order.
func choose(names string) ([]pipeline, error) {
	if names == "" {
		return pipelines, nil
	}
	asked := strings.Split(names, ",")
	var chosen []pipeline
	var known []string
	for _, each := range pipelines {
		known = append(known, each.name)
		if slices.Contains(asked, each.name) {
			chosen = append(chosen, each)
		}
	}
	if len(chosen) != len(asked) {
		return nil, fmt.Errorf("--only %s: the pipelines are %s", names, strings.Join(known, ", "))
	}
	return chosen, nil
}
