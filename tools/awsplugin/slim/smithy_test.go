package slim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/awsplugin/slim"
)

// The program in testdata/closedbody forces the order of events that happens
// by chance on a busy machine.
func TestCorrectSmithyKeepsTheConnection(t *testing.T) {
	program := t.TempDir()
	if err := os.CopyFS(program, os.DirFS("testdata/closedbody")); err != nil {
		t.Fatal(err)
	}
	smithy := moduleDir(t, program, slim.SmithyModule)

	t.Run("as released", func(t *testing.T) {
		out, err := goCommand(program, "run", ".")
		if err == nil || !strings.Contains(err.Error(), "use of closed network connection") {
			t.Errorf("got error %v and output %q, want the failure that the correction is for: remove the correction if smithy-go has its own", err, out)
		}
	})
	t.Run("corrected", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "smithy")
		if err := slim.CorrectSmithy(smithy, target); err != nil {
			t.Fatal(err)
		}
		if _, err := goCommand(program, "mod", "edit", "-replace="+slim.SmithyModule+"="+target); err != nil {
			t.Fatalf("replace smithy-go: %v", err)
		}
		out, err := goCommand(program, "run", ".")
		if err != nil || strings.TrimSpace(out) != "complete" {
			t.Errorf("got error %v and output %q, want the complete answer", err, out)
		}
	})
}

func TestCorrectSmithyRefusesAnotherVersion(t *testing.T) {
	source := t.TempDir()
	dir := filepath.Join(source, "transport/http/internal/io")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "safe.go"), []byte("package io\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := slim.CorrectSmithy(source, filepath.Join(t.TempDir(), "smithy"))
	if err == nil || !strings.Contains(err.Error(), "still needs the correction") {
		t.Errorf("got error %v, want one that asks whether the correction is still needed", err)
	}
}

func moduleDir(t *testing.T, dir, module string) string {
	t.Helper()
	out, err := goCommand(dir, "mod", "download", "-json", module)
	if err != nil {
		t.Fatalf("download %s: %v", module, err)
	}
	var info struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	return info.Dir
}

// goCommand returns what a go command prints; what it complains about is part
// of the error.
func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out), err
}
