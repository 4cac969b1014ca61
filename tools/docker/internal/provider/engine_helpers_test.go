//go:build engine

package provider_test

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/docker/internal/provider"
)

// The registry's account. The password must never turn up in a message.
const (
	user     = "AWS"
	password = "correct-horse-battery-staple"
)

var probe string // the static binary that test images consist of

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "docker-plugin-test")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(dir)
	probe = filepath.Join(dir, "probe")
	build := exec.Command("go", "build", "-o", probe, "./testdata/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("build the probe: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// docker is the engine under test. Without one a test fails: these tests exist
// to run on it.
func docker(t *testing.T) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	require.NoError(t, err)
	t.Cleanup(func() { _ = api.Close() })
	_, err = api.Ping(t.Context())
	require.NoError(t, err, "these tests need a Docker engine: start one, or run without -tags=engine")
	return api
}

// hub is a registry on 127.0.0.1 that asks for the password.
type hub struct {
	address string

	mu       sync.Mutex
	requests []string
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{}
	backend := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.mu.Lock()
		h.requests = append(h.requests, r.Method+" "+r.URL.Path)
		h.mu.Unlock()
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	h.address = strings.TrimPrefix(server.URL, "http://")
	return h
}

func (h *hub) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests)
}

// image fetches what was pushed under reference.
func (h *hub) image(t *testing.T, reference string) v1.Image {
	t.Helper()
	ref, err := name.ParseReference(reference, name.Insecure)
	require.NoError(t, err)
	img, err := remote.Image(ref, remote.WithAuth(&authn.Basic{Username: user, Password: password}))
	require.NoError(t, err)
	return img
}

// content lists the files of an image.
func content(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	stream := mutate.Extract(img)
	defer stream.Close()
	files := map[string]string{}
	for archive := tar.NewReader(stream); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		data, err := io.ReadAll(archive)
		require.NoError(t, err)
		if header.Typeflag == tar.TypeReg {
			files[strings.TrimPrefix(header.Name, "/")] = string(data)
		}
	}
}

// app is one image resource under test.
type app struct {
	t        *testing.T
	provider *provider.Provider
	engine   *recorder
	hub      *hub
	name     string
	state    resource.PropertyMap
}

// newApp makes a project whose context, app/, has the probe and dockerfile. Its
// images are removed from the engine afterwards.
func newApp(t *testing.T, dockerfile string, more map[string]string) *app {
	t.Helper()
	api := docker(t)
	all := map[string]string{"app/Dockerfile": dockerfile}
	maps.Copy(all, more)
	project(t, all)
	binary, err := os.ReadFile(probe)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("app/probe", binary, 0o755))

	a := &app{t: t, hub: newHub(t)}
	a.provider, a.engine = start(t)
	a.name = a.hub.address + "/docker-plugin-test/" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")) + ":1"
	t.Cleanup(func() { forget(t, api, a.hub.address) })
	return a
}

// inputs are those of a usual program, with changes.
func (a *app) inputs(more m) m {
	all := m{
		"imageName": a.name,
		"build":     m{"context": "app"},
		"registry":  m{"server": "http://" + a.hub.address, "username": user, "password": password},
	}
	maps.Copy(all, more)
	return all
}

// tryCreate is what `pulumi up` does first.
func (a *app) tryCreate(more m) error {
	a.t.Helper()
	checked := check(a.t, a.provider, a.inputs(more))
	response, err := a.provider.Create(a.t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(a.t, checked)})
	if err != nil {
		return err
	}
	require.Equal(a.t, a.name, response.GetId())
	a.state = unmarshal(a.t, response.GetProperties())
	return nil
}

func (a *app) create(more m) {
	a.t.Helper()
	require.NoError(a.t, a.tryCreate(more))
}

func (a *app) output(key resource.PropertyKey) string { return a.state[key].StringValue() }

// files are those of the image that repoDigest names.
func (a *app) files() map[string]string {
	a.t.Helper()
	return content(a.t, a.hub.image(a.t, a.output("repoDigest")))
}

// testLabel marks images, so that forget finds what a failed build leaves.
const testLabel = "docker-plugin-test"

// forget removes every reference to a registry's images from the engine, and
// the unfinished images of failed builds.
func forget(t *testing.T, api *client.Client, registry string) {
	t.Helper()
	ctx := context.Background() // the test's own has ended
	found, err := api.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", registry+"/*/*"))})
	require.NoError(t, err)
	for _, summary := range found {
		for _, reference := range slices.Concat(summary.RepoTags, summary.RepoDigests) {
			if !strings.HasPrefix(reference, registry) || strings.Contains(reference, "<none>") {
				continue
			}
			if _, err := api.ImageRemove(ctx, reference, image.RemoveOptions{Force: true, PruneChildren: true}); err != nil {
				assert.True(t, cerrdefs.IsNotFound(err), err)
			}
		}
	}
	_, err = api.ImagesPrune(ctx, filters.NewArgs(filters.Arg("dangling", "true"), filters.Arg("label", testLabel)))
	require.NoError(t, err)
}
