//go:build engine

package provider_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
)

// patience is how long a test waits for something that must happen.
const patience = time.Minute

// everything is all messages in one text.
func (r *recorder) everything() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out strings.Builder
	for _, message := range r.messages {
		out.WriteString(message.String())
	}
	return out.String()
}

const (
	base   = "FROM scratch\nLABEL " + testLabel + "=1\nCOPY probe /probe\n"
	simple = base + "COPY . /src\n"
	// fresh, with freshArgs, keeps the next step out of the layer cache, which
	// knows nothing of secrets, proxies and extra hosts.
	fresh = base + "ARG FRESH\n"
)

func freshArgs() m { return m{"FRESH": time.Now().String()} }

func hash(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestBuildAndPush(t *testing.T) {
	a := newApp(t, simple, map[string]string{
		"app/main.py": "print()", "app/debug.log": "x", "app/.dockerignore": "*.log\nDockerfile\n.dockerignore\n",
	})
	a.create(nil)
	pushed, err := a.hub.image(t, a.name).Digest()
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSuffix(a.name, ":1")+"@"+pushed.String(), a.output("repoDigest"))
	assert.Equal(t, a.name, a.output("imageName"))
	assert.Equal(t, a.name, a.output("baseImageName"))
	assert.Equal(t, "app", a.output("context"))
	assert.Equal(t, "Dockerfile", a.output("dockerfile"))
	assert.Equal(t, "linux/"+runtime.GOARCH, a.output("platform"))
	assert.Equal(t, "http://"+a.hub.address, a.output("registryServer"))

	got := a.files()
	assert.Equal(t, "print()", got["src/main.py"])
	for _, ignored := range []string{"src/debug.log", "src/Dockerfile", "src/.dockerignore"} {
		assert.NotContains(t, got, ignored)
	}

	// Progress is for the status column alone, and no message has the password.
	assert.Contains(t, a.engine.texts(true, pulumirpc.LogSeverity_INFO), "pushing to "+a.hub.address)
	assert.Empty(t, a.engine.warnings())
	assert.NotContains(t, a.engine.everything(), password)
	inputs := a.state["__inputs"]
	require.True(t, inputs.IsSecret())
	assert.True(t, inputs.SecretValue().Element.ObjectValue()["registry"].ObjectValue()["password"].IsSecret())
}

func TestChangedFileMakesAnotherDigest(t *testing.T) {
	a := newApp(t, simple, map[string]string{"app/main.py": "1"})
	a.create(nil)
	before := a.output("repoDigest")

	// Same size and same time: only the content tells.
	info, err := os.Stat("app/main.py")
	require.NoError(t, err)
	write(t, "app/main.py", "2")
	require.NoError(t, os.Chtimes("app/main.py", info.ModTime(), info.ModTime()))
	a.create(nil)
	assert.NotEqual(t, before, a.output("repoDigest"))
	assert.Equal(t, "2", a.files()["src/main.py"])
}

func TestClassicBuilder(t *testing.T) {
	a := newApp(t, simple+"RUN [\"/probe\", \"contains\", \"/src/main.py\", \"1\"]\n", map[string]string{
		"app/main.py": "1", "app/a.log": "x", "app/.dockerignore": "*.log\nDockerfile\n",
	})
	a.create(m{"build": m{"context": "app", "builderVersion": "BuilderV1"}})
	got := a.files()
	assert.Contains(t, got, "src/main.py")
	assert.NotContains(t, got, "src/a.log")
	assert.NotContains(t, got, "src/Dockerfile")
	assert.True(t, slices.ContainsFunc(a.engine.texts(true, pulumirpc.LogSeverity_INFO), func(s string) bool {
		return strings.HasPrefix(s, "Step 5/5 : RUN")
	}))
}

func TestDockerfileOutsideTheContext(t *testing.T) {
	for _, builder := range []string{"BuilderBuildKit", "BuilderV1"} {
		t.Run(builder, func(t *testing.T) {
			a := newApp(t, "FROM unused", map[string]string{"deploy/App.Dockerfile": simple, "app/main.py": "1"})
			a.create(m{"build": m{"context": "app", "dockerfile": "deploy/App.Dockerfile", "builderVersion": builder}})
			assert.Equal(t, "../deploy/App.Dockerfile", a.output("dockerfile"))
			names := []string{}
			for name := range a.files() {
				names = append(names, name)
			}
			assert.ElementsMatch(t, []string{"probe", "src/probe", "src/main.py", "src/Dockerfile"}, names)
		})
	}
}

func TestTargetAndArguments(t *testing.T) {
	a := newApp(t, `FROM scratch AS first
ARG WHO=nobody
LABEL who=$WHO
COPY probe /first
FROM scratch
COPY probe /second
`, nil)
	a.create(m{"build": m{"context": "app", "target": "first", "args": m{"WHO": "me"}}})
	assert.Contains(t, a.files(), "first")
	config, err := a.hub.image(t, a.name).ConfigFile()
	require.NoError(t, err)
	assert.Equal(t, "me", config.Config.Labels["who"])
}

func TestSkipPushKeepsTheImageHere(t *testing.T) {
	a := newApp(t, simple, nil)
	a.create(m{"skipPush": true})
	inspected, err := docker(t).ImageInspect(t.Context(), a.name)
	require.NoError(t, err)
	assert.Equal(t, inspected.ID, a.output("repoDigest"))
	assert.False(t, a.state["imageName"].IsSecret())
	assert.Empty(t, a.hub.seen())
}

func TestSecretNameStaysSecret(t *testing.T) {
	a := newApp(t, simple, nil)
	a.create(m{"skipPush": true, "imageName": resource.MakeSecret(resource.NewProperty(a.name))})
	for _, key := range []resource.PropertyKey{"imageName", "baseImageName"} {
		assert.Equal(t, resource.MakeSecret(resource.NewProperty(a.name)), a.state[key])
	}
}

func TestBuildOnPreviewDoesNotPush(t *testing.T) {
	a := newApp(t, simple, nil)
	checked := check(t, a.provider, a.inputs(m{"buildOnPreview": true}))
	response, err := a.provider.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, checked), Preview: true})
	require.NoError(t, err)
	state := unmarshal(t, response.GetProperties())
	assert.Equal(t, a.name, state["baseImageName"].StringValue())
	assert.True(t, state["repoDigest"].IsComputed())
	assert.Empty(t, a.hub.seen())
	_, err = docker(t).ImageInspect(t.Context(), a.name)
	require.NoError(t, err)
}

// s390x is emulated on no machine that has not asked for it; where it is, the
// image must be what was asked for.
func TestPlatformThatTheEngineCannotRun(t *testing.T) {
	a := newApp(t, "FROM scratch\nCOPY Dockerfile /\n", nil)
	a.create(m{"build": m{"context": "app", "platform": "linux/s390x"}})
	config, err := a.hub.image(t, a.name).ConfigFile()
	require.NoError(t, err)
	if config.Architecture == "s390x" {
		assert.Empty(t, a.engine.warnings())
	} else {
		assert.Equal(t, runtime.GOARCH, config.Architecture)
		require.Len(t, a.engine.warnings(), 1)
		assert.Contains(t, a.engine.warnings()[0], "can't run linux/s390x: building for linux/"+runtime.GOARCH)
	}
	assert.Equal(t, "linux/"+config.Architecture, a.output("platform"))

	// The state has what the program asked for, so nothing differs next time.
	stored := a.state["__inputs"].SecretValue().Element.ObjectValue()
	assert.Equal(t, "linux/s390x", stored["build"].ObjectValue()["platform"].StringValue())
	again := check(t, a.provider, a.inputs(m{"build": m{"context": "app", "platform": "linux/s390x"}}))
	assert.Empty(t, diff(t, a.provider, stored, again))
}

func TestCABundleIsThereInAStepAndNowhereElse(t *testing.T) {
	const mount = "--mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt,required=false "
	for name, variable := range map[string]string{"own": "SLIPWAY_BUILD_CA", "system": "SSL_CERT_FILE"} {
		t.Run(name, func(t *testing.T) {
			bundle := filepath.Join(t.TempDir(), "bundle.pem")
			secret := "bundle of " + t.Name()
			require.NoError(t, os.WriteFile(bundle, []byte(secret), 0o600))
			t.Setenv("SLIPWAY_BUILD_CA", "")
			t.Setenv(variable, bundle)
			a := newApp(t, fresh+"RUN "+mount+
				"[\"/probe\", \"file\", \"/etc/ssl/certs/ca-certificates.crt\", \""+hash(secret)+"\"]\n", nil)
			a.create(m{"build": m{"context": "app", "args": freshArgs()}})
			assert.Empty(t, a.files()["etc/ssl/certs/ca-certificates.crt"])

			img := a.hub.image(t, a.name)
			manifest, err := img.RawManifest()
			require.NoError(t, err)
			config, err := img.RawConfigFile()
			require.NoError(t, err)
			assert.NotContains(t, string(manifest)+string(config), secret)
			layers, err := img.Layers()
			require.NoError(t, err)
			for _, layer := range layers {
				stream, err := layer.Uncompressed()
				require.NoError(t, err)
				data, err := io.ReadAll(stream)
				require.NoError(t, err)
				assert.False(t, bytes.Contains(data, []byte(secret)), "in a layer")
			}
		})
	}
}

func TestCABundleIsOptional(t *testing.T) {
	t.Setenv("SLIPWAY_BUILD_CA", "")
	t.Setenv("SSL_CERT_FILE", "")
	a := newApp(t, fresh+"RUN --mount=type=secret,id=ca-certificates,target=/ca,required=false "+
		"[\"/probe\", \"contains\", \"/probe\", \"ELF\"]\n", nil)
	a.create(m{"build": m{"context": "app", "args": freshArgs()}})
}

func TestProxyReachesAStepButNotTheImage(t *testing.T) {
	const proxy = "http://user:hidden@proxy.example.com:3128"
	t.Setenv("HTTPS_PROXY", proxy)
	a := newApp(t, fresh+"RUN [\"/probe\", \"env\", \"HTTPS_PROXY\", \""+hash(proxy)+"\"]\n", nil)
	a.create(m{"build": m{"context": "app", "args": freshArgs()}})
	config, err := a.hub.image(t, a.name).RawConfigFile()
	require.NoError(t, err)
	assert.NotContains(t, string(config), "hidden")
}

func TestAddHosts(t *testing.T) {
	for _, builder := range []string{"BuilderBuildKit", "BuilderV1"} {
		t.Run(builder, func(t *testing.T) {
			a := newApp(t, fresh+"RUN [\"/probe\", \"contains\", \"/etc/hosts\", \"10.9.8.7\\tdb.example.com\"]\n", nil)
			a.create(m{"build": m{
				"context": "app", "addHosts": []any{"db.example.com:10.9.8.7"}, "args": freshArgs(), "builderVersion": builder,
			}})
		})
	}
}

func TestCacheFromIsPulledWithTheCredentials(t *testing.T) {
	a := newApp(t, simple, nil)
	build := m{"context": "app", "args": m{"BUILDKIT_INLINE_CACHE": "1"}, "cacheFrom": m{"images": []any{a.name}}}
	a.create(m{"build": build})
	assert.Empty(t, a.engine.warnings(), "a cache that isn't there yet is no cause for alarm")
	a.create(m{"build": build})
	assert.Contains(t, a.engine.texts(true, pulumirpc.LogSeverity_INFO), "importing cache manifest from "+a.name)
	assert.True(t, slices.ContainsFunc(a.hub.seen(), func(request string) bool {
		return strings.HasPrefix(request, "GET ") && strings.Contains(request, "/manifests/")
	}), a.hub.seen())
	config, err := a.hub.image(t, a.name).RawConfigFile()
	require.NoError(t, err)
	assert.Contains(t, string(config), "moby.buildkit.cache")
}

func TestFailingStepShowsItsLastLines(t *testing.T) {
	for _, builder := range []string{"BuilderBuildKit", "BuilderV1"} {
		t.Run(builder, func(t *testing.T) {
			a := newApp(t, base+"RUN [\"/probe\", \"fail\"]\n", nil)
			before := exited(t)
			err := a.tryCreate(m{"build": m{"context": "app", "builderVersion": builder}})
			for _, want := range []string{a.name, "RUN", "about to fail\n  probe: failed as asked\n", "3"} {
				assert.ErrorContains(t, err, want)
			}
			assert.Empty(t, a.hub.seen())
			assert.Equal(t, before, exited(t), "the step's container stays")
		})
	}
}

// exited are the containers of test images that have ended but still exist.
func exited(t *testing.T) []string {
	t.Helper()
	found, err := docker(t).ContainerList(t.Context(), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", testLabel), filters.Arg("status", "exited")),
	})
	require.NoError(t, err)
	var ids []string
	for _, c := range found {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestWrongPassword(t *testing.T) {
	a := newApp(t, simple, nil)
	err := a.tryCreate(m{"registry": m{"server": a.hub.address, "username": user, "password": "not-" + password}})
	assert.ErrorContains(t, err, "push image "+a.name)
	assert.ErrorContains(t, err, "registry.username and registry.password may write to it")
	assert.NotContains(t, err.Error(), password)
	assert.NotContains(t, a.engine.everything(), password)
}

// Cancel ends the build on the engine, too: the step's connection breaks.
func TestCancelStopsTheBuild(t *testing.T) {
	for _, builder := range []string{"BuilderBuildKit", "BuilderV1"} {
		t.Run(builder, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer listener.Close()
			a := newApp(t, base+"RUN [\"/probe\", \"hang\", \""+listener.Addr().String()+"\"]\n", nil)
			checked := marshal(t, check(t, a.provider, a.inputs(m{
				"build": m{"context": "app", "network": "host", "builderVersion": builder},
			})))
			failed := make(chan error, 1)
			go func() {
				_, err := a.provider.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: checked})
				failed <- err
			}()
			require.NoError(t, listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
			step, err := listener.Accept()
			require.NoError(t, err, "the step should be running")
			defer step.Close()

			_, err = a.provider.Cancel(t.Context(), &emptypb.Empty{})
			require.NoError(t, err)
			select {
			case err := <-failed:
				assert.ErrorContains(t, err, "cancelled by the user")
			case <-time.After(patience):
				t.Fatal("Create still waits for the cancelled build")
			}
			require.NoError(t, step.SetReadDeadline(time.Now().Add(patience)))
			_, err = step.Read(make([]byte, 1))
			assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the step still runs on the engine")
		})
	}
}

// A state that a preview or an update returns must survive the next check.
func TestUpdateReturnsTheNewState(t *testing.T) {
	a := newApp(t, simple, map[string]string{"app/main.py": "1"})
	a.create(nil)
	write(t, "app/main.py", "22")
	checked := check(t, a.provider, a.inputs(nil))
	response, err := a.provider.Update(t.Context(), &pulumirpc.UpdateRequest{
		Id: a.name, Urn: urn, Olds: marshal(t, a.state), News: marshal(t, checked),
	})
	require.NoError(t, err)
	before := a.output("repoDigest")
	a.state = unmarshal(t, response.GetProperties())
	assert.NotEqual(t, before, a.output("repoDigest"))
	assert.Equal(t, "22", a.files()["src/main.py"])
	assert.Equal(t, resource.NewProperty(checked), a.state["__inputs"].SecretValue().Element)
}

// The local AWS builds base images where no registry can be reached; a Dockerfile pins
// them by digests that only a registry knows.
func TestPinnedBaseThatWasBuiltHere(t *testing.T) {
	const base = "docker-plugin-test/base:1"
	for _, builder := range []string{"BuilderBuildKit", "BuilderV1"} {
		t.Run(builder, func(t *testing.T) {
			a := newApp(t, "FROM "+base+"@sha256:"+strings.Repeat("0a", 32)+"\nCOPY main.py /\n", map[string]string{"app/main.py": "1", "app/static/logo": "l"})
			api := docker(t)
			var root bytes.Buffer
			archive := tar.NewWriter(&root)
			require.NoError(t, archive.WriteHeader(&tar.Header{Name: "base", Mode: 0o644}))
			require.NoError(t, archive.Close())
			imported, err := api.ImageImport(t.Context(), image.ImportSource{Source: &root, SourceName: "-"}, base, image.ImportOptions{Changes: []string{"LABEL slipway.base=test"}})
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, imported)
			require.NoError(t, err)
			t.Cleanup(func() {
				_, err := api.ImageRemove(context.Background(), base, image.RemoveOptions{Force: true})
				assert.NoError(t, err)
			})

			a.create(m{"build": m{"context": "app", "builderVersion": builder}})
			assert.Equal(t, map[string]string{"base": "", "main.py": "1"}, a.files())
			assert.Equal(t, "Dockerfile", a.output("dockerfile"))
		})
	}
}
