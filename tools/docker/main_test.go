package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// TestMain lets a test start this very binary as the plugin.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_PLUGIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestPluginPrintsItsPortAndAnswers(t *testing.T) {
	plugin := exec.Command(os.Args[0])
	plugin.Env = append(os.Environ(), "RUN_AS_PLUGIN=1")
	out, err := plugin.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, plugin.Start())
	t.Cleanup(func() {
		_ = plugin.Process.Kill()
		_ = plugin.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)

	conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	info, err := pulumirpc.NewResourceProviderClient(conn).GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "4.10.0", info.GetVersion())
}

func TestEngineAddress(t *testing.T) {
	for want, args := range map[string][]string{
		"":               {},
		"127.0.0.1:5000": {"-v=9", "--logtostderr", "127.0.0.1:5000"},
	} {
		assert.Equal(t, want, engineAddress(args))
	}
	assert.Empty(t, engineAddress([]string{"-v=9"}))
}
