package engine

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Engine serves one run of a program.
type Engine struct {
	pulumirpc.UnimplementedResourceMonitorServer
	pulumirpc.UnimplementedEngineServer

	address string
	stop    chan bool
	done    <-chan error
	conn    *grpc.ClientConn

	run        pulumi.RunInfo
	root       string
	registered sync.Map // The state of each resource by its URN.
}

// Start serves an engine on a free port of this machine until it is closed.
func Start() (*Engine, error) {
	e := &Engine{stop: make(chan bool)}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: e.stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceMonitorServer(server, e)
			pulumirpc.RegisterEngineServer(server, e)
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("serve the engine: %w", err)
	}
	e.done = handle.Done
	e.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(handle.Port))
	e.conn, err = grpc.NewClient(e.address, grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		close(e.stop)
		return nil, fmt.Errorf("connect to the engine: %w", err)
	}
	return e, nil
}

// Close ends the engine.
func (e *Engine) Close() error {
	if err := e.conn.Close(); err != nil {
		return fmt.Errorf("close the engine's connection: %w", err)
	}
	close(e.stop)
	return <-e.done
}

// Take runs a program on this engine instead of the SDK's mocks; the mocks of
// the options before it go on answering. One engine runs one program.
func (e *Engine) Take(info *pulumi.RunInfo) {
	e.run = *info
	info.Mocks, info.MonitorAddr, info.EngineAddr = nil, e.address, e.address
}

// Log drops what the program logs: what is wrong with it is its error.
func (e *Engine) Log(context.Context, *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetRootResource tells the URN of the stack.
func (e *Engine) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	return &pulumirpc.GetRootResourceResponse{Urn: e.root}, nil
}

// SetRootResource learns the URN of the stack.
func (e *Engine) SetRootResource(_ context.Context, req *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	e.root = req.GetUrn()
	return &pulumirpc.SetRootResourceResponse{}, nil
}
