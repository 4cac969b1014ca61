package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"gitlab.com/slipway/slipway/tools/localaws"
)

// itself is what the host says about itself where it refuses to run a program.
var itself = localaws.Program{Name: "pulumi-language-go", Install: "curl -fsSL https://get.pulumi.com | sh"}

// programGrace is how long an interrupted program may take to end by itself.
const programGrace = 5 * time.Second

// Run compiles the program and runs it to its end. What the program prints goes
// to the engine, which shows it to the user.
func (h *host) Run(call context.Context, r *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	h.mu.Lock()
	engine := h.engine
	h.mu.Unlock()
	if engine == "" {
		return nil, status.Error(codes.FailedPrecondition, "the engine's address is unknown: the engine has to call Handshake before Run")
	}
	if err := itself.Guard(os.Environ()); err != nil {
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	env, err := environment(r, engine)
	if err != nil {
		return nil, err
	}
	opts, err := parseOptions(r.GetInfo().GetOptions().AsMap())
	if err != nil {
		return nil, err
	}
	ctx, done := h.cancellable(call)
	defer done()

	if opts.binary != "" {
		path, err := findBinary(r.GetInfo().GetRootDirectory(), opts.binary)
		if err != nil {
			return nil, err
		}
		cmd := h.program(ctx, path, r, env)
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("start the program: %w", err)
		}
		return outcome(ctx, cmd.Wait())
	}

	cmd, err := h.startCompiled(ctx, opts.buildTarget, r, env)
	if ctx.Err() != nil {
		return nil, errCancelled()
	}
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	return outcome(ctx, cmd.Wait())
}

// startCompiled compiles and starts the program. Another run of the same
// directory waits until it has started, so that no binary changes in between.
func (h *host) startCompiled(ctx context.Context, target string, r *pulumirpc.RunRequest, env []string) (*exec.Cmd, error) {
	dir := r.GetInfo().GetProgramDirectory()
	if target == "" {
		var err error
		if target, err = cachedBinary(dir); err != nil {
			return nil, err
		}
	} else if !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	unlock, err := lock(ctx, target+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := compile(ctx, dir, target, h.stderr); err != nil {
		return nil, err
	}
	cmd := h.program(ctx, target, r, env)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	return cmd, nil
}

func (h *host) program(ctx context.Context, path string, r *pulumirpc.RunRequest, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, r.GetArgs()...)
	cmd.Dir = r.GetPwd()
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = h.stdout, h.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = programGrace
	return cmd
}

// outcome translates the end of a program into what the engine expects: a
// program that has reported its error already ends with a status of its own.
func outcome(ctx context.Context, err error) (*pulumirpc.RunResponse, error) {
	if err == nil {
		return &pulumirpc.RunResponse{}, nil
	}
	if ctx.Err() != nil {
		return nil, errCancelled()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return nil, fmt.Errorf("run the program: %w", err)
	}
	switch {
	case exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case exit.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program ended by %s", exit)}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode())}, nil
	}
}

func errCancelled() error { return status.Error(codes.Canceled, "the run was cancelled") }

// findBinary finds a prebuilt program: a path below the project or a name on
// the PATH.
func findBinary(root, name string) (string, error) {
	if path := filepath.Join(root, name); filepath.IsLocal(name) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find the program of the option runtime.options.binary in Pulumi.yaml: %w: build it first, or remove the option to have it compiled", err)
	}
	return path, nil
}
