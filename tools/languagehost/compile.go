package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// compileReport is the time between two signs of life of a long compilation.
const compileReport = 15 * time.Second

// compile builds the program in dir. The go command itself finds out whether
// target is up to date already.
func compile(ctx context.Context, dir, target string, user io.Writer) error {
	if files, err := filepath.Glob(filepath.Join(dir, "*.go")); err != nil || len(files) == 0 {
		return fmt.Errorf("there is no Go file in %s: run pulumi in the program's directory, or correct `main` in Pulumi.yaml", dir)
	}
	gobin, err := exec.LookPath("go")
	if err != nil {
		return errNoGo(err)
	}
	// The binary is for this machine only, so it needs no version control stamp.
	cmd := exec.CommandContext(ctx, gobin, "build", "-buildvcs=false", "-o", target, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = programGrace
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output

	stop := report(user)
	err = cmd.Run()
	stop()
	if err == nil {
		return nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("run go build: %w", err)
	}
	return fmt.Errorf("the program in %s does not compile (%w): correct it, or see the same with `go build ./...` there\n\n%s", dir, err, strings.TrimSpace(output.String()))
}

// report tells the user now and then that the compilation goes on.
func report(user io.Writer) (stop func()) {
	started := time.Now()
	ticker := time.NewTicker(compileReport)
	done := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				fmt.Fprintf(user, "compiling the program, %.0f s so far (only the first time takes this long)\n", time.Since(started).Seconds())
			}
		}
	})
	return func() {
		ticker.Stop()
		close(done)
		finished.Wait()
	}
}

// cachedBinary is where the program of a directory is compiled to.
func cachedBinary(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the program's directory: %w", err)
	}
	cache := os.Getenv("SLIPWAY_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a place for the compiled program: %w: set SLIPWAY_CACHE to a directory", err)
		}
		cache = filepath.Join(user, "slipway")
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(cache, "programs", hex.EncodeToString(sum[:8]), "program"), nil
}
