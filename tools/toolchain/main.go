// Command toolchain provides the programs that `pulumi up` needs: the CLI, the
// Go language host and the provider plugins. Official binaries of the pinned
// versions are used where the machine has them; the others are built from the
// modules beside this one, once, into a cache that all clones share.
//
//	go -C tools/toolchain run . --out "$PWD/.slipway/bin" --home "$PWD/.slipway/pulumi"
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
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "toolchain: %v\n", err)
		stop()
		os.Exit(1)
	}
}
