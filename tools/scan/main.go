// Command scan checks what every stack registers against checkov's rules for
// AWS, without an account and without a network.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/tools/scan/internal/report"
	"gitlab.com/slipway/slipway/tools/scan/internal/scan"
	"gitlab.com/slipway/slipway/tools/scan/internal/skips"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root := flag.String("root", "../..", "the program's `directory`, where Pulumi.yaml is")
	binary := flag.String("checkov", "../../.slipway/venvs/scan/bin/checkov", "the checkov `program`")
	list := flag.String("skips", "skips.yaml", "the `file` of checks that are skipped with a reason")
	plans := flag.String("plans", "", "`directory` to keep the plans in, to look at (default: none)")
	flag.Parse()
	for _, path := range []*string{binary, list, plans} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	skipped, err := skips.Load(*list)
	if err != nil {
		return err
	}
	stacks, err := scan.Program(ctx, scan.Options{Run: infra.Deploy, Root: *root, Checkov: *binary, Plans: *plans})
	if err != nil {
		return err
	}
	verdict := report.Judge(stacks, skipped)
	if err := verdict.Write(os.Stdout); err != nil {
		return err
	}
	return verdict.Err()
}
