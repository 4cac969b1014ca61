package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// build is the making of one tool's binary.
type build struct {
	ctx    context.Context
	tool   tool
	module string // directory of the tool's module
	cache  string // root of the cache
	key    string // fingerprint of the sources
	args   []string
	out    io.Writer
}

// interruptGrace is how long `go build` may take to clean up when interrupted.
const interruptGrace = 10 * time.Second

func newBuild(ctx context.Context, o options, t tool, out io.Writer) (*build, error) {
	module := filepath.Join(o.tools, t.module)
	if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
		return nil, fmt.Errorf("no module to build it from in %s: restore it with git, or name the right directory with --tools: %w", module, err)
	}
	version, err := goOutput(ctx, module, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	key, err := fingerprint(o.tools, t, version)
	if err != nil {
		return nil, err
	}
	return &build{ctx: ctx, tool: t, module: module, cache: o.cache, key: key, out: out}, nil
}

// dir is where the cache keeps this tool.
func (b *build) dir() string { return filepath.Join(b.cache, "tools", b.tool.name) }

// binary is where the cache keeps the result.
func (b *build) binary() string { return filepath.Join(b.dir(), b.key, b.tool.name) }

// buildCached returns the tool's binary from the cache, building it when its
// sources changed. Of two runs at once, one builds and the other waits.
func buildCached(ctx context.Context, o options, t tool, out io.Writer) (string, origin, error) {
	b, err := newBuild(ctx, o, t, out)
	if err != nil {
		return "", "", err
	}
	if exists(b.binary()) {
		markUsed(filepath.Dir(b.binary()))
		return b.binary(), cached, nil
	}
	unlock, err := lock(ctx, b.dir()+".lock", func() { fmt.Fprintf(out, "%-24s waiting for another build of it\n", t.name) })
	if err != nil {
		return "", "", err
	}
	defer unlock()
	if exists(b.binary()) {
		return b.binary(), cached, nil
	}
	if err := b.run(); err != nil {
		return "", "", err
	}
	return b.binary(), built, b.prune()
}

// run builds the binary and moves it into place in one step.
func (b *build) run() error {
	target := filepath.Dir(b.binary())
	if err := os.MkdirAll(target, 0o755); err != nil {
		return fmt.Errorf("create the cache: %w", err)
	}
	if b.tool.prepare != nil {
		if err := b.tool.prepare(b); err != nil {
			return err
		}
	}
	unfinished := b.binary() + ".unfinished"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove an unfinished binary: %w", err)
	}
	flags := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + strings.TrimSpace("-s -w "+b.tool.ldflags), "-o", unfinished}
	args := append(append(flags, b.args...), b.tool.pkg)
	if err := b.goCommand(args...); err != nil {
		return err
	}
	if err := os.Rename(unfinished, b.binary()); err != nil {
		return fmt.Errorf("put the binary into the cache: %w", err)
	}
	return nil
}

// goCommand runs the go command in the tool's module and reports how it goes.
func (b *build) goCommand(args ...string) error {
	cmd := exec.CommandContext(b.ctx, "go", args...)
	cmd.Dir = b.module
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+b.module)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptGrace
	output := &progress{}
	cmd.Stdout, cmd.Stderr = output, output

	stop := output.report(b.out, b.tool.name)
	err := cmd.Run()
	stop()
	if b.ctx.Err() != nil {
		return errors.New("interrupted; the next run goes on where this one stopped")
	}
	if err != nil {
		return fmt.Errorf("go %s in %s: %w\n%s", args[0], b.module, err, strings.TrimSpace(output.String()))
	}
	return nil
}

// goOutput returns what a short go command prints.
func goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
