package slim_test

import (
	"os"
	"path/filepath"
	"testing"

	"gitlab.com/slipway/slipway/tools/awsplugin/slim"
)

// The program waits for a state that is there at the first look, with a delay
// of an hour: it ends only if the interval shortens the delay.
const waiting = `package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/retry"
)

func main() {
	looks := 0
	conf := retry.StateChangeConf{
		Delay: time.Hour, MinTimeout: time.Hour, Timeout: 2 * time.Hour,
		Pending: []string{"creating"}, Target: []string{"available"}, ContinuousTargetOccurence: 3,
		Refresh: func() (any, string, error) {
			looks++
			return looks, "available", nil
		},
	}
	_, err := conf.WaitForStateContext(context.Background())
	fmt.Println(looks, err)
}
`

func TestShortenWaits(t *testing.T) {
	program := t.TempDir()
	for name, text := range map[string]string{
		"main.go": waiting,
		"go.mod":  "module waiting\n\ngo 1.26\n\nrequire " + slim.PluginSDKModule + " v2.34.0\n",
	} {
		if err := os.WriteFile(filepath.Join(program, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(t.TempDir(), "sdk")
	if err := slim.ShortenWaits(moduleDir(t, program, slim.PluginSDKModule), target); err != nil {
		t.Fatal(err)
	}
	if _, err := goCommand(program, "mod", "edit", "-replace="+slim.PluginSDKModule+"="+target); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SLIPWAY_POLL_INTERVAL", "1ms")
	out, err := goCommand(program, "run", "-mod=mod", ".")
	if err != nil || out != "3 <nil>\n" {
		t.Errorf("got %q and error %v, want 3 looks", out, err)
	}
}
