package plugin_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"gitlab.com/slipway/slipway/tools/awsx/internal/plugin"
	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
	"gitlab.com/slipway/slipway/tools/awsx/vpc"
)

func serve(t testing.TB) pulumirpc.ResourceProviderClient {
	t.Helper()
	server := plugin.NewServer(nil, vpc.Construct)
	return recorder.Dial(t, recorder.Serve(t, func(s *grpc.Server) { pulumirpc.RegisterResourceProviderServer(s, server) }))
}

// Whatever else the official plugin offers is refused by name.
func TestOnlyTheVPCIsProvided(t *testing.T) {
	t.Parallel()
	client := serve(t)
	const urn = "urn:pulumi:dev::demo::awsx:lb:ApplicationLoadBalancer::lb"
	for token, call := range map[string]func() error{
		"awsx:lb:ApplicationLoadBalancer": func() error {
			_, err := client.Construct(t.Context(), &pulumirpc.ConstructRequest{Type: "awsx:lb:ApplicationLoadBalancer"})
			return err
		},
		"awsx:ec2:getDefaultVpc": func() error {
			_, err := client.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "awsx:ec2:getDefaultVpc"})
			return err
		},
		"awsx:ecr:Repository/login": func() error {
			_, err := client.Call(t.Context(), &pulumirpc.CallRequest{Tok: "awsx:ecr:Repository/login"})
			return err
		},
		"awsx:lb:ApplicationLoadBalancer is": func() error {
			_, err := client.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn})
			return err
		},
		"ApplicationLoadBalancer is not": func() error {
			_, err := client.Read(t.Context(), &pulumirpc.ReadRequest{Urn: urn})
			return err
		},
	} {
		err := call()
		require.ErrorContains(t, err, token)
		require.ErrorContains(t, err, "this stand-in provides awsx:ec2:Vpc only; install the official plugin")
	}
}

func TestOnlyTheLocalAWSIsServed(t *testing.T) {
	for _, endpoint := range []string{"", "https://ec2.us-east-1.amazonaws.com"} {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		_, err := serve(t).Configure(t.Context(), &pulumirpc.ConfigureRequest{})
		require.ErrorContains(t, err, "AWS_ENDPOINT_URL")
		require.ErrorContains(t, err, "`pulumi plugin install resource awsx 2.22.0`")
	}
}

func TestConfiguration(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
	client := serve(t)
	info, err := client.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "2.22.0", info.GetVersion())

	schema, err := client.GetSchema(t.Context(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	var parsed struct {
		Name      string
		Resources map[string]struct{ IsComponent bool }
	}
	require.NoError(t, json.Unmarshal([]byte(schema.GetSchema()), &parsed))
	assert.True(t, parsed.Resources["awsx:ec2:Vpc"].IsComponent)

	configured, err := client.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	assert.True(t, configured.GetAcceptSecrets() && configured.GetAcceptResources() && configured.GetAcceptOutputs() && configured.GetSupportsPreview())

	config, err := recorder.Properties(map[string]any{"version": "2.22.0"})
	require.NoError(t, err)
	checked, err := client.CheckConfig(t.Context(), &pulumirpc.CheckRequest{News: config})
	require.NoError(t, err)
	assert.Equal(t, "2.22.0", checked.GetInputs().GetFields()["version"].GetStringValue())
	diff, err := client.DiffConfig(t.Context(), &pulumirpc.DiffRequest{})
	require.NoError(t, err)
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, diff.GetChanges())
}

func TestConstructNeedsAnEngine(t *testing.T) {
	t.Parallel()
	_, err := serve(t).Construct(t.Context(), &pulumirpc.ConstructRequest{Type: vpc.TypeToken, Name: "net"})
	require.ErrorContains(t, err, "not attached to an engine")
}

// stalled is a monitor that never answers a registration.
type stalled struct {
	*recorder.Monitor
	entered chan struct{}
}

func (s stalled) RegisterResource(ctx context.Context, _ *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	close(s.entered)
	<-ctx.Done()
	return nil, ctx.Err()
}

// Cancel ends a construction that waits for the engine.
func TestCancel(t *testing.T) {
	t.Parallel()
	monitor := stalled{&recorder.Monitor{}, make(chan struct{})}
	address := recorder.Serve(t, func(s *grpc.Server) { pulumirpc.RegisterResourceMonitorServer(s, monitor) })
	engine := recorder.Serve(t, func(s *grpc.Server) { pulumirpc.RegisterEngineServer(s, &recorder.Engine{}) })
	client := serve(t)
	_, err := client.Attach(t.Context(), &pulumirpc.PluginAttach{Address: engine})
	require.NoError(t, err)
	_, err = client.Attach(t.Context(), &pulumirpc.PluginAttach{Address: engine})
	require.NoError(t, err, "attaching again replaces the connection")

	deadline, release := context.WithTimeout(t.Context(), time.Minute)
	defer release()
	ended := make(chan error, 1)
	go func() {
		_, err := client.Construct(deadline, &pulumirpc.ConstructRequest{
			Type: vpc.TypeToken, Name: "net", Project: recorder.Project, Stack: recorder.Stack,
			Parent: recorder.StackURN(), MonitorEndpoint: address,
		})
		ended <- err
	}()
	select {
	case <-monitor.entered:
	case err := <-ended:
		t.Fatalf("ended before the registration: %v", err)
	}
	_, err = client.Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	require.Error(t, <-ended)
	assert.NoError(t, deadline.Err(), "ended by Cancel, not by the deadline")
}
