package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// engineSilence is how long the engine may stay unreachable before the host
// gives up: the value of the official language hosts.
const engineSilence = 5 * time.Minute

// serve offers the service until the context ends or the engine is gone.
func serve(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pulumi-language-go", flag.ContinueOnError)
	// The engine passes these; nothing here depends on them.
	for _, name := range []string{"tracing", "root", "binary", "buildTarget"} {
		flags.String(name, "", "accepted for compatibility")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := newHost(ctx, cancel, flags.Arg(0))
	if h.engine != "" {
		go watchEngine(ctx, cancel, h.engine, engineInterval)
		if err := rpcutil.Healthcheck(ctx, h.engine, engineSilence, cancel); err != nil {
			return fmt.Errorf("watch the engine: %w", err)
		}
	}

	stopped := make(chan bool)
	context.AfterFunc(ctx, func() { close(stopped) })
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stopped,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, h)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	if _, err := fmt.Fprintf(out, "%d\n", server.Port); err != nil {
		return fmt.Errorf("tell the engine the port: %w", err)
	}
	if err := <-server.Done; err != nil {
		return fmt.Errorf("serve the engine: %w", err)
	}
	return nil
}
