package build_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/components/build"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// What the docker plugin is told. It takes a builder that is there, and makes one
// where there is none, only when it is not to append and knows the node's name; it
// looks for the Dockerfile from its own directory.
func TestProgramTellsThePluginWhatItNeeds(t *testing.T) {
	const name, context = "111122223333.dkr.ecr.us-east-1.amazonaws.com/recipes:abc", "/src/app"
	got := mocktest.MustRun(t, "image", nil, build.Program(build.Image{
		Name: name, Context: context, Dockerfile: "Dockerfile", Platform: "linux/arm64", Cache: "cache:arm64",
		Registry: "https://111122223333.dkr.ecr.us-east-1.amazonaws.com", User: "AWS", Password: "token",
	}))
	machine := got.Get(t, "index.BuildxBuilder builder").Inputs
	if machine["name"].StringValue() != "slipway" || machine["node"].StringValue() != "slipway0" || machine.HasValue("append") || machine.HasValue("driver") {
		t.Errorf("builder: %v", machine)
	}
	image := got.Get(t, "index.RegistryImage image").Inputs
	if image["name"].StringValue() != name || !image["authConfig"].ContainsSecrets() {
		t.Errorf("image: %v", image)
	}
	args := image["build"].ObjectValue()
	for key, want := range map[resource.PropertyKey]string{
		"context": context, "dockerfile": filepath.Join(context, "Dockerfile"), "platform": "linux/arm64", "builder": "slipway",
	} {
		if got := args[key].StringValue(); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	for key, want := range map[resource.PropertyKey]string{
		"cacheFroms": "type=registry,ref=cache:arm64",
		"cacheTos":   "type=registry,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true,ref=cache:arm64",
	} {
		if got := args[key].ArrayValue(); len(got) != 1 || got[0].StringValue() != want {
			t.Errorf("%s: got %v, want %s", key, got, want)
		}
	}
}

func TestBuildSaysWhatItLacks(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := build.Docker{}.Build(t.Context(), build.Image{Name: "app:1", Context: ".", Dockerfile: "Dockerfile"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "on the PATH") {
		t.Errorf("got %v", err)
	}
}
