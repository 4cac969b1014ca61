// Command pulumi-language-go runs Pulumi programs written in Go. The engine
// starts it, reads the port of its gRPC service from the first line of its
// output, and calls LanguageRuntime there.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-go: %v\n", err)
		stop()
		os.Exit(1)
	}
}
