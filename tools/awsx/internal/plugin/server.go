// Package plugin serves the component over the protocol of Pulumi's resource
// plugins.
package plugin

import (
	"context"
	"errors"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"gitlab.com/slipway/slipway/tools/awsx/vpc"
)

const (
	name = "awsx"
	// Version is the version of awsx whose behaviour is reproduced, and that
	// its SDK asks for.
	Version = "2.22.0"
)

// Main serves the plugin until the engine ends it. It prints the port that it
// listens on to standard output, as the protocol asks.
func Main() error {
	return provider.Main(name, func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return NewServer(host, vpc.Construct), nil
	})
}

// Server is the plugin's gRPC service.
type Server struct {
	pulumirpc.UnimplementedResourceProviderServer

	construct provider.ConstructFunc
	cancelled context.Context //nolint:containedctx // The life of the server, which the engine ends by a call.
	cancel    context.CancelFunc

	mutex sync.Mutex
	host  *provider.HostClient
}

// NewServer makes a server. host is nil when the engine attaches later.
func NewServer(host *provider.HostClient, construct provider.ConstructFunc) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{construct: construct, cancelled: ctx, cancel: cancel, host: host}
}

// Construct constructs a component.
func (s *Server) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	if req.GetType() != vpc.TypeToken {
		return nil, unsupported(req.GetType())
	}
	engine, err := s.engine()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.cancelled, cancel)()
	return provider.Construct(ctx, req, engine, s.construct)
}

func (s *Server) engine() (*grpc.ClientConn, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.host == nil {
		return nil, errors.New("not attached to an engine; pass its address as the argument or call Attach first")
	}
	return s.host.EngineConn(), nil
}

// Attach connects a plugin that was started on its own to an engine.
func (s *Server) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	host, err := provider.NewHostClient(req.GetAddress())
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	previous := s.host
	s.host = host
	if previous != nil {
		return &emptypb.Empty{}, previous.Close()
	}
	return &emptypb.Empty{}, nil
}

// Cancel ends the constructions under way.
func (s *Server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.cancel()
	return &emptypb.Empty{}, nil
}
