package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// outputInterval is the least time between two lines of a step's output that
// the user is shown; a build writes thousands.
const outputInterval = time.Second

// host is the Pulumi engine as the plugin's logger.
type host struct{ client pulumirpc.EngineClient }

func dialHost(address string) (*host, error) {
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, fmt.Errorf("connect to the Pulumi engine at %s: %w", address, err)
	}
	return &host{pulumirpc.NewEngineClient(conn)}, nil
}

// log attaches messages to one resource. It implements engine.Progress. A
// message that can't be delivered is dropped: it must not fail a build.
type log struct {
	host *host
	urn  string
	last time.Time
}

// Step shows message beside the resource until the next one.
func (l *log) Step(message string) { l.send(pulumirpc.LogSeverity_INFO, message, true) }

// Output shows line like a step, but no more often than outputInterval.
func (l *log) Output(line string) {
	if time.Since(l.last) >= outputInterval {
		l.send(pulumirpc.LogSeverity_INFO, line, true)
	}
}

// Info adds message to the resource's diagnostics.
func (l *log) Info(message string) { l.send(pulumirpc.LogSeverity_INFO, message, false) }

// Warn adds message to the resource's diagnostics as a warning.
func (l *log) Warn(message string) { l.send(pulumirpc.LogSeverity_WARNING, message, false) }

func (l *log) send(severity pulumirpc.LogSeverity, message string, ephemeral bool) {
	if l.host == nil {
		return
	}
	l.last = time.Now()
	_, _ = l.host.client.Log(context.Background(), &pulumirpc.LogRequest{
		Severity:  severity,
		Message:   strings.ToValidUTF8(message, "?"),
		Urn:       l.urn,
		Ephemeral: ephemeral,
	})
}
