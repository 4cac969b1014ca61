package provider_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"gitlab.com/slipway/slipway/tools/docker/internal/provider"
)

type m = map[string]any

const urn = "urn:pulumi:dev::project::docker:index/image:Image::app"

var (
	options = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}
	unknown = resource.MakeComputed(resource.NewProperty(""))
)

// recorder is a Pulumi engine that remembers what it was told.
type recorder struct {
	pulumirpc.UnimplementedEngineServer

	mu       sync.Mutex
	messages []*pulumirpc.LogRequest
	arrived  chan string // receives each message; may be nil
}

func (r *recorder) Log(ctx context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	r.mu.Lock()
	r.messages = append(r.messages, req)
	r.mu.Unlock()
	if r.arrived != nil {
		select {
		case r.arrived <- req.GetMessage():
		case <-ctx.Done():
		}
	}
	return &emptypb.Empty{}, nil
}

// texts returns the messages of one kind; ephemeral ones are status lines.
func (r *recorder) texts(ephemeral bool, severity pulumirpc.LogSeverity) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, message := range r.messages {
		if message.GetEphemeral() == ephemeral && message.GetSeverity() == severity {
			out = append(out, message.GetMessage())
		}
	}
	return out
}

func (r *recorder) warnings() []string { return r.texts(false, pulumirpc.LogSeverity_WARNING) }

// start makes a provider whose messages go to a recorder.
func start(t *testing.T) (*provider.Provider, *recorder) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, engine := grpc.NewServer(), &recorder{}
	pulumirpc.RegisterEngineServer(server, engine)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	p, err := provider.New(listener.Addr().String())
	require.NoError(t, err)
	_, err = p.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	return p, engine
}

func marshal(t *testing.T, properties any) *structpb.Struct {
	t.Helper()
	values, ok := properties.(resource.PropertyMap)
	if !ok {
		values = resource.NewPropertyMapFromMap(properties.(m))
	}
	out, err := plugin.MarshalProperties(values, options)
	require.NoError(t, err)
	return out
}

func unmarshal(t *testing.T, properties *structpb.Struct) resource.PropertyMap {
	t.Helper()
	out, err := plugin.UnmarshalProperties(properties, options)
	require.NoError(t, err)
	return out
}

// check returns the inputs as the engine would store them.
func check(t *testing.T, p *provider.Provider, inputs m) resource.PropertyMap {
	t.Helper()
	response, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn, News: marshal(t, inputs)})
	require.NoError(t, err)
	require.Empty(t, response.GetFailures())
	return unmarshal(t, response.GetInputs())
}

// diff names the properties that differ.
func diff(t *testing.T, p *provider.Provider, olds, news resource.PropertyMap) []string {
	t.Helper()
	response, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{
		Id: "x", Urn: urn, OldInputs: marshal(t, olds), News: marshal(t, news),
	})
	require.NoError(t, err)
	require.Empty(t, response.GetReplaces(), "an image is never replaced")
	var changed []string
	for key, change := range response.GetDetailedDiff() {
		require.NotContains(t, change.GetKind().String(), "REPLACE")
		changed = append(changed, key)
	}
	require.Equal(t, len(changed) > 0, response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME)
	slices.Sort(changed)
	return changed
}

// project makes the working directory a project with a build context in app/.
func project(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	t.Chdir(dir)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}
