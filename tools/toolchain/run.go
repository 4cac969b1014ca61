package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// provided is a tool that is ready for use.
type provided struct {
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Origin  origin  `json:"origin"`
	Path    string  `json:"path"`
	Seconds float64 `json:"seconds"`
}

// origin says where a program comes from.
type origin string

const (
	official origin = "official"  // a released binary found on this machine
	cached   origin = "cached"    // built earlier from the same sources
	built    origin = "built"     // built now
	missing  origin = "not built" // neither found nor built yet
)

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parseOptions(args, out)
	if err != nil {
		return err
	}
	if os.Getenv("TARGET") == "aws" {
		return errors.New("TARGET=aws runs Pulumi's official programs only, and what is built here is for the local AWS: scripts/official says what is missing")
	}
	if o.list {
		return list(ctx, o, out)
	}

	var tools []provided
	var problems []error
	for _, t := range o.only {
		started := time.Now()
		p, err := provide(ctx, o, t, out)
		if err != nil {
			problems = append(problems, fmt.Errorf("provide %s: %w", t.name, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		p.Seconds = time.Since(started).Round(10 * time.Millisecond).Seconds()
		fmt.Fprintf(out, "%-24s %-9s %-9s %6.1f s\n", p.Name, p.Version, p.Origin, p.Seconds)
		tools = append(tools, p)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return writeVersions(o.out, tools)
}

// provide finds or builds one tool and links it into the output directory.
func provide(ctx context.Context, o options, t tool, out io.Writer) (provided, error) {
	p := provided{Name: t.name, Version: t.version, Origin: official}
	path, err := findOfficial(ctx, o, t)
	if err != nil {
		return p, err
	}
	if path == "" {
		path, p.Origin, err = buildCached(ctx, o, t, out)
		if err != nil {
			return p, err
		}
	}
	p.Path = path
	if err := install(o, t, path); err != nil {
		return p, err
	}
	return p, nil
}

// list prints the table of tools as they are.
func list(ctx context.Context, o options, out io.Writer) error {
	fmt.Fprintf(out, "%-24s %-9s %-9s %s\n", "NAME", "VERSION", "ORIGIN", "PATH")
	for _, t := range o.only {
		p := official
		path, err := findOfficial(ctx, o, t)
		if err != nil {
			return err
		}
		if path == "" {
			b, err := newBuild(ctx, o, t, io.Discard)
			if err != nil {
				return fmt.Errorf("list %s: %w", t.name, err)
			}
			path, p = b.binary(), cached
			if _, err := os.Stat(path); err != nil {
				path, p = "-", missing
			}
		}
		fmt.Fprintf(out, "%-24s %-9s %-9s %s\n", t.name, t.version, p, path)
	}
	return nil
}
