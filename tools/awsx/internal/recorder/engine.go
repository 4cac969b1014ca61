package recorder

import (
	"context"
	"slices"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Engine records log messages.
type Engine struct {
	pulumirpc.UnimplementedEngineServer

	mutex sync.Mutex
	logs  []*pulumirpc.LogRequest
}

// Log records a message.
func (e *Engine) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.logs = append(e.logs, proto.CloneOf(req))
	return &emptypb.Empty{}, nil
}

// Warnings are the messages of severity warning.
func (e *Engine) Warnings() []*pulumirpc.LogRequest {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(e.logs), func(r *pulumirpc.LogRequest) bool {
		return r.GetSeverity() != pulumirpc.LogSeverity_WARNING
	})
}
