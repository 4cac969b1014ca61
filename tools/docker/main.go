// Command pulumi-resource-docker is a Pulumi plugin that builds and pushes
// container images; see README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"gitlab.com/slipway/slipway/tools/docker/internal/provider"
	"gitlab.com/slipway/slipway/tools/localaws"
)

// orphanCheck is how often the plugin looks whether the Pulumi engine that
// started it is still there; without it the plugin ends itself.
const orphanCheck = 30 * time.Second

func main() {
	if err := serve(engineAddress(os.Args[1:])); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-docker:", err)
		os.Exit(1)
	}
}

// engineAddress is the last argument, after whatever flags the engine adds. It
// is missing when the plugin is started by hand, to be attached later.
func engineAddress(args []string) string {
	if len(args) == 0 || strings.HasPrefix(args[len(args)-1], "-") {
		return ""
	}
	return args[len(args)-1]
}

// serve speaks the plugin protocol: the first line of output is the port.
func serve(engine string) error {
	p, err := provider.New(engine)
	if err != nil {
		return err
	}
	guarded := guard{ResourceProviderServer: p, itself: localaws.Plugin("docker", provider.Version)}
	orphaned, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan bool)
	context.AfterFunc(orphaned, func() {
		p.Stop()
		close(done)
	})
	if engine != "" {
		if err := rpcutil.Healthcheck(orphaned, engine, orphanCheck, stop); err != nil {
			return fmt.Errorf("watch the Pulumi engine at %s: %w", engine, err)
		}
	}
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: done,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, guarded)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("listen for the Pulumi engine: %w", err)
	}
	fmt.Println(server.Port)
	return <-server.Done
}
