// Package plugintest builds and starts the aws plugin for tests.
package plugintest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Build provides the aws plugin, from the cache where it is there. tools is the
// directory of that name.
func Build(t *testing.T, tools string) string {
	t.Helper()
	// go test keeps a result while this is the same: it does not see the sources
	// of the plugin, which are outside of the test's module.
	_ = os.Getenv("SOURCES")
	bin := t.TempDir()
	cmd := exec.Command("go", "run", ".", "--only", "pulumi-resource-aws", "--build", "--out", bin)
	cmd.Dir = filepath.Join(tools, "toolchain")
	cmd.Env = append(os.Environ(), "GOWORK=off", "TARGET=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the aws plugin: %v\n%s", err, out)
	}
	return filepath.Join(bin, "pulumi-resource-aws")
}

// Start runs a plugin until the end of the test and returns where it listens.
func Start(t *testing.T, plugin *exec.Cmd) string {
	t.Helper()
	stdout, err := plugin.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := plugin.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = plugin.Process.Kill()
		_ = plugin.Wait() // It reports the kill.
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the plugin's port: %v", err)
	}
	return net.JoinHostPort("127.0.0.1", strings.TrimSpace(port))
}
