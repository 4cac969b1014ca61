package conformance

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"gitlab.com/slipway/slipway/tools/plugintest"
)

// patience is how long a test waits for the plugin.
const patience = 2 * time.Minute

// fake answers every request with an error and notes where it was to go, also as
// the proxy of requests that are for elsewhere.
type fake struct {
	*httptest.Server

	mu       sync.Mutex
	requests []string
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.requests = append(f.requests, r.Method+" "+r.Host)
		http.Error(w, "refused", http.StatusForbidden)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) received() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

func TestPluginSendsNothingToAnyEndpointButTheLocalAWS(t *testing.T) {
	program := plugintest.Build(t, tools)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	role := []string{"AWS_WEB_IDENTITY_TOKEN_FILE=" + token, "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/role"}
	keys := []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	for name, tt := range map[string]struct {
		environment func(local string) []string
		endpoints   map[string]any
		refused     string // part of the error
		received    bool
	}{
		"the local AWS": {
			environment: func(local string) []string { return append(keys, "AWS_ENDPOINT_URL="+local) },
			received:    true,
		},
		"AWS": {
			environment: func(string) []string { return keys },
			refused:     "AWS_ENDPOINT_URL is not set",
		},
		"another endpoint": {
			environment: func(string) []string { return append(keys, "AWS_ENDPOINT_URL=http://aws.example.com") },
			refused:     "aws.example.com, which is not on this machine",
		},
		"another endpoint of one service": {
			environment: func(local string) []string {
				return append(keys, "AWS_ENDPOINT_URL="+local, "AWS_ENDPOINT_URL_STS=http://sts.example.com")
			},
			refused: "AWS_ENDPOINT_URL_STS is sts.example.com",
		},
		"another endpoint in the program's configuration": {
			environment: func(local string) []string { return append(keys, "AWS_ENDPOINT_URL="+local) },
			endpoints:   map[string]any{"sts": "http://sts.example.com"},
			refused:     "aws:endpoints: sts is sts.example.com",
		},
		// The SDK asks for these at AWS's own address.
		"credentials of a role": {
			environment: func(local string) []string { return append(role, "AWS_ENDPOINT_URL="+local) },
			refused:     "127.0.0.1:9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			elsewhere := newFake(t)
			environment := append(tt.environment(elsewhere.URL), "HTTP_PROXY="+elsewhere.URL, "HTTPS_PROXY="+elsewhere.URL)
			err := configure(t, program, environment, tt.endpoints)
			if err == nil || !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("got error %v, want one about %q", err, tt.refused)
			}
			if requests := elsewhere.received(); (len(requests) > 0) != tt.received {
				t.Errorf("got requests %v, want some: %v", requests, tt.received)
			}
		})
	}
}

// configure starts the plugin in an environment of nothing else and configures it.
func configure(t *testing.T, program string, environment []string, endpoints map[string]any) error {
	t.Helper()
	client := start(t, program, environment)
	settings := map[string]any{"region": "us-east-1", "maxRetries": 0}
	if endpoints != nil {
		settings["endpoints"] = []any{endpoints}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := client.Configure(ctx, &pulumirpc.ConfigureRequest{Args: marshal(t, settings), AcceptSecrets: true})
	return err
}

func marshal(t *testing.T, properties map[string]any) *structpb.Struct {
	t.Helper()
	args, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(properties), plugin.MarshalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// start starts the plugin until the test ends.
func start(t *testing.T, program string, environment []string) pulumirpc.ResourceProviderClient {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(environment, "AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "HOME="+t.TempDir())
	connection, err := grpc.NewClient(plugintest.Start(t, cmd), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return pulumirpc.NewResourceProviderClient(connection)
}
