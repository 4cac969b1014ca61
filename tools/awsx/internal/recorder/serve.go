package recorder

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// T is a test, of the standard library or of rapid.
type T interface {
	require.TestingT
	Helper()
	Cleanup(func())
	Context() context.Context
}

// Serve serves gRPC on a free port of 127.0.0.1 until the test ends and
// returns the address.
func Serve(t T, register func(*grpc.Server)) string {
	t.Helper()
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			register(server)
			return nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		close(stop)
		require.NoError(t, <-handle.Done)
	})
	return fmt.Sprintf("127.0.0.1:%d", handle.Port)
}

// ServeEngine serves a monitor and an engine and returns their addresses.
func ServeEngine(t T, monitor *Monitor, engine *Engine) (monitorAddress, engineAddress string) {
	t.Helper()
	monitorAddress = Serve(t, func(s *grpc.Server) { pulumirpc.RegisterResourceMonitorServer(s, monitor) })
	engineAddress = Serve(t, func(s *grpc.Server) { pulumirpc.RegisterEngineServer(s, engine) })
	return monitorAddress, engineAddress
}

// Dial connects to a plugin until the test ends.
func Dial(t T, address string) pulumirpc.ResourceProviderClient {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return pulumirpc.NewResourceProviderClient(conn)
}
