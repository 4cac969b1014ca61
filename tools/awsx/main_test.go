package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// start builds and starts the plugin and returns a client of the port that it
// prints. It ends with the engine's signal when the test does.
func start(t *testing.T, args ...string) pulumirpc.ResourceProviderClient {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pulumi-resource-awsx")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	command := exec.Command(binary, args...)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	var stderr strings.Builder
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(os.Interrupt))
		assert.NoError(t, command.Wait(), "ends cleanly at the engine's signal: %s", &stderr)
	})

	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err, "the first line of output: %s", &stderr)
	port, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, "the first line of output is the port")
	return recorder.Dial(t, "127.0.0.1:"+strconv.Itoa(port))
}

// construct has the running plugin construct a component with no arguments.
func construct(t *testing.T, client pulumirpc.ResourceProviderClient, monitor *recorder.Monitor, address string) {
	t.Helper()
	info, err := client.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "2.22.0", info.GetVersion())
	_, err = client.Construct(t.Context(), &pulumirpc.ConstructRequest{
		Type: "awsx:ec2:Vpc", Name: "net", Project: recorder.Project, Stack: recorder.Stack,
		Parent: recorder.StackURN(), MonitorEndpoint: address,
	})
	require.NoError(t, err)
	assert.Len(t, monitor.Children(), 32, "as in the recording x01")
}

func TestStartedByTheEngine(t *testing.T) {
	t.Parallel()
	monitor := &recorder.Monitor{Zones: []string{"us-east-1a", "us-east-1b", "us-east-1c"}}
	address, engine := recorder.ServeEngine(t, monitor, &recorder.Engine{})
	construct(t, start(t, engine), monitor, address)
}

// With PULUMI_DEBUG_PROVIDERS the engine attaches to a plugin that runs.
func TestAttachedLater(t *testing.T) {
	t.Parallel()
	monitor := &recorder.Monitor{Zones: []string{"us-east-1a", "us-east-1b", "us-east-1c"}}
	address, engine := recorder.ServeEngine(t, monitor, &recorder.Engine{})
	client := start(t)
	_, err := client.Attach(t.Context(), &pulumirpc.PluginAttach{Address: engine})
	require.NoError(t, err)
	construct(t, client, monitor, address)
}
