package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host implements the engine's LanguageRuntime service for Go programs.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	lifetime context.Context // ends when the host shall stop
	stop     context.CancelFunc

	// What the program prints goes here: the engine reads the host's own.
	stdout, stderr io.Writer

	mu      sync.Mutex
	engine  string                     // the engine's address
	running map[int]context.CancelFunc // how to end what runs
	next    int
}

func newHost(lifetime context.Context, stop context.CancelFunc, engine string) *host {
	return &host{
		lifetime: lifetime, stop: stop, engine: engine,
		stdout: os.Stdout, stderr: os.Stderr,
		running: map[int]context.CancelFunc{},
	}
}

// Handshake learns where the engine is when it is not on the command line.
func (h *host) Handshake(_ context.Context, r *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	if r.GetEngineAddress() == "" {
		return nil, errors.New("the engine's handshake has no engine address")
	}
	h.mu.Lock()
	h.engine = r.GetEngineAddress()
	h.mu.Unlock()
	if err := rpcutil.Healthcheck(h.lifetime, r.GetEngineAddress(), engineSilence, h.stop); err != nil {
		return nil, fmt.Errorf("watch the engine: %w", err)
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// Cancel ends what is running. The engine calls it when the user interrupts.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, cancel := range h.running {
		cancel()
	}
	return &emptypb.Empty{}, nil
}

// cancellable returns a context that ends with the call, with Cancel or with
// the host.
func (h *host) cancellable(call context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(call)
	forget := context.AfterFunc(h.lifetime, cancel)
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.next
	h.next++
	h.running[id] = cancel
	return ctx, func() {
		forget()
		cancel()
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.running, id)
	}
}

// GetPluginInfo returns the version of the SDK that the host was built with.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// About tells which Go compiles the programs.
func (h *host) About(ctx context.Context, r *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, errNoGo(err)
	}
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Dir = r.GetInfo().GetProgramDirectory()
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go version: %w", err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: strings.TrimSpace(string(out))}, nil
}

// RuntimeOptionsPrompts has nothing to ask: no option is needed.
func (h *host) RuntimeOptionsPrompts(context.Context, *pulumirpc.RuntimeOptionsRequest) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// Template leaves a new project as it is.
func (h *host) Template(context.Context, *pulumirpc.TemplateRequest) (*pulumirpc.TemplateResponse, error) {
	return &pulumirpc.TemplateResponse{}, nil
}

func errNoGo(err error) error {
	return fmt.Errorf("find the go command, which compiles the program: %w: install Go and put it on the PATH", err)
}
