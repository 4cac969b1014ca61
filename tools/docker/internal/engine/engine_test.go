package engine

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/configfile"
	clitypes "github.com/docker/cli/cli/config/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// record collects what a user would see.
type record struct{ steps, output, warnings []string }

func (r *record) Step(s string)   { r.steps = append(r.steps, s) }
func (r *record) Output(s string) { r.output = append(r.output, s) }
func (r *record) Warn(s string)   { r.warnings = append(r.warnings, s) }

// noEnvironment hides the developer's own Docker settings.
func noEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range append([]string{
		"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_CA_MATERIAL", "DOCKER_CERT_MATERIAL", "DOCKER_KEY_MATERIAL",
	}, proxyVariables...) {
		t.Setenv(name, "")
		t.Setenv(strings.ToLower(name), "")
	}
}

func TestConnectWithoutAnEngine(t *testing.T) {
	noEnvironment(t)
	_, err := Connect(t.Context(), Config{Host: "unix:///nowhere/docker.sock"})
	assert.ErrorContains(t, err, "cannot reach the Docker engine at unix:///nowhere/docker.sock")
	assert.ErrorContains(t, err, "sudo systemctl start docker")

	assert.ErrorContains(t, unreachable("unix:///x", fs.ErrPermission), "docker group")
}

func TestConnectRefusesAnOldEngine(t *testing.T) {
	noEnvironment(t)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("API-Version", "1.40")
	}))
	t.Cleanup(old.Close)
	_, err := Connect(t.Context(), Config{Host: "tcp://" + strings.TrimPrefix(old.URL, "http://")})
	assert.ErrorContains(t, err, "speaks API 1.40, at least 1.41 is needed: install Docker 20.10 or later")
}

func TestEndpointFollowsTheDockerCommand(t *testing.T) {
	noEnvironment(t)
	host := func(cfg Config, file *configfile.ConfigFile) string {
		t.Helper()
		found, err := endpoint(cfg, file)
		require.NoError(t, err)
		return found.Host
	}
	assert.Equal(t, "tcp://a:1", host(Config{Host: "tcp://a:1"}, &configfile.ConfigFile{CurrentContext: "desktop"}))
	t.Setenv("DOCKER_HOST", "tcp://b:1")
	assert.Equal(t, "tcp://b:1", host(Config{}, &configfile.ConfigFile{CurrentContext: "desktop"}))
	t.Setenv("DOCKER_HOST", "")
	assert.Contains(t, host(Config{}, &configfile.ConfigFile{CurrentContext: "default"}), "docker.sock")

	_, err := endpoint(Config{}, &configfile.ConfigFile{CurrentContext: "gone"})
	assert.ErrorContains(t, err, `open Docker context "gone"`)
	_, err = endpoint(Config{Host: "tcp://a:1", CertPath: "/nowhere"}, &configfile.ConfigFile{})
	assert.ErrorContains(t, err, "certificates in /nowhere")
}

func TestCredentialsHost(t *testing.T) {
	for _, c := range []struct{ server, image, want string }{
		{"", "127.0.0.1:4566/app:1", "127.0.0.1:4566"},
		{"http://127.0.0.1:4566", "x/y", "127.0.0.1:4566"},
		{"https://registry.example.com/team/app", "x/y", "registry.example.com"},
		{"registry.example.com:5000/app", "x/y", "registry.example.com:5000"},
		{"", "a/b", hubKey},
		{hub, "x/y", hubKey},
		{hubKey, "x/y", hubKey},
	} {
		got, err := Credentials{Server: c.server}.host(c.image)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%q %q", c.server, c.image)
	}
}

func TestKeyringPutsTheProgramsCredentialsFirst(t *testing.T) {
	file := &configfile.ConfigFile{
		AuthConfigs:      map[string]clitypes.AuthConfig{"r:1": {Username: "old", Password: "old"}, "other": {Username: "o", Password: "p"}},
		CredentialsStore: "helper-that-must-not-run-for-r",
	}
	e := &Engine{config: file}
	ring, err := e.keyring(Credentials{Username: "u", Password: "p"}, "r:1/app")
	require.NoError(t, err)
	got, err := ring.GetAuthConfig("r:1")
	require.NoError(t, err)
	assert.Equal(t, "u", got.Username)
	assert.Equal(t, "old", file.AuthConfigs["r:1"].Username, "the configuration itself stays")
	assert.Empty(t, file.CredentialHelpers)
}

func TestHalfACredentialIsWarnedOf(t *testing.T) {
	assert.Empty(t, Credentials{}.Warning())
	assert.Empty(t, Credentials{Username: "u", Password: "p"}.Warning())
	assert.Contains(t, Credentials{Username: "u"}.Warning(), "registry.password is not set")
	assert.Contains(t, Credentials{Password: "p"}.Warning(), "registry.username is not set")
	assert.NotContains(t, Credentials{Password: "p4ss"}.Warning(), "p4ss")
}

func TestProxyArguments(t *testing.T) {
	noEnvironment(t)
	file := &configfile.ConfigFile{Proxies: map[string]configfile.ProxyConfig{"default": {HTTPProxy: "http://file:1"}}}
	t.Setenv("HTTP_PROXY", "http://env:1")
	t.Setenv("https_proxy", "http://env:2")
	t.Setenv("NO_PROXY", "127.0.0.1")
	args, warning := proxyArgs(map[string]string{"A": "1", "HTTPS_PROXY": "http://program:1"}, file, "unix:///d", "")
	assert.Empty(t, warning)
	got := map[string]string{}
	for name, value := range args {
		got[name] = *value
	}
	assert.Equal(t, map[string]string{
		"A": "1", "HTTPS_PROXY": "http://program:1", "https_proxy": "http://env:2",
		"HTTP_PROXY": "http://file:1", "http_proxy": "http://file:1", "NO_PROXY": "127.0.0.1",
	}, got)
}

func TestProxyOnLoopbackIsLeftOut(t *testing.T) {
	noEnvironment(t)
	for proxy, loopback := range map[string]bool{
		"http://127.0.0.1:3128": true, "localhost:3128": true, "http://[::1]:3128": true,
		"http://user:pw@10.0.0.1:3128": false, "proxy.example.com:3128": false, "http://%": false,
	} {
		t.Setenv("HTTP_PROXY", proxy)
		args, warning := proxyArgs(nil, &configfile.ConfigFile{}, "", "")
		assert.Equal(t, loopback, args["HTTP_PROXY"] == nil, proxy)
		assert.Equal(t, loopback, strings.Contains(warning, "HTTP_PROXY"), proxy)
		args, warning = proxyArgs(nil, &configfile.ConfigFile{}, "", "host")
		assert.NotNil(t, args["HTTP_PROXY"], proxy)
		assert.Empty(t, warning)
	}
}

func TestChoosePlatform(t *testing.T) {
	amd64, arm64 := ocispec.Platform{OS: "linux", Architecture: "amd64"}, ocispec.Platform{OS: "linux", Architecture: "arm64"}
	for _, c := range []struct {
		want     ocispec.Platform
		able     []ocispec.Platform
		platform string
		warned   bool
	}{
		{amd64, []ocispec.Platform{amd64}, "asked", false},
		{arm64, []ocispec.Platform{amd64, arm64}, "asked", false},
		{ocispec.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}, []ocispec.Platform{amd64, arm64}, "asked", false},
		{arm64, []ocispec.Platform{amd64, {OS: "linux", Architecture: "386"}}, "linux/amd64", true},
	} {
		got, warning, err := choose("asked", c.want, c.able)
		require.NoError(t, err)
		assert.Equal(t, c.platform, got)
		assert.Equal(t, c.warned, warning != "", warning)
	}
	_, _, err := choose("windows/amd64", ocispec.Platform{OS: "windows", Architecture: "amd64"}, []ocispec.Platform{amd64})
	assert.ErrorContains(t, err, "builds for linux, not for windows/amd64")
}

func TestFollowTheClassicBuilder(t *testing.T) {
	var seen record
	id, err := follow(strings.NewReader(`{"stream":"Step 1/2 : FROM scratch"}{"stream":"\n"}{"stream":" ---> abc\n"}
		{"status":"Pulling","id":"abc"}{"aux":{"ID":"sha256:1"}}{"stream":"Successfully built 1\n"}`), &seen)
	require.NoError(t, err)
	assert.Equal(t, "sha256:1", id)
	assert.Equal(t, []string{"Step 1/2 : FROM scratch"}, seen.steps)
	assert.Equal(t, []string{" ---> abc", "abc: Pulling", "Successfully built 1"}, seen.output)
}

func TestFollowShowsTheEndOfTheFailingStep(t *testing.T) {
	var stream strings.Builder
	stream.WriteString(`{"stream":"Step 2/2 : RUN make"}`)
	for i := range 30 {
		stream.WriteString(`{"stream":"line ` + string(rune('A'+i)) + `\n"}`)
	}
	stream.WriteString(`{"stream":"10%\r50%\r100%\r\nno newline"}{"errorDetail":{"message":"exit code: 2"},"error":"exit code: 2"}`)
	_, err := follow(strings.NewReader(stream.String()), &record{})
	require.Error(t, err)
	lines := strings.Split(err.Error(), "\n")
	assert.Equal(t, "step 2/2 : RUN make", lines[0])
	assert.Equal(t, []string{"  100%", "  no newline", "exit code: 2"}, lines[len(lines)-3:])
	assert.NotContains(t, err.Error(), "line A\n")
}

func TestFollowNeedsAnImage(t *testing.T) {
	_, err := follow(strings.NewReader(`{"stream":"nothing"}`), &record{})
	require.ErrorIs(t, err, ErrNoImage)
	_, err = follow(io.MultiReader(strings.NewReader(`{"stream":`)), &record{})
	assert.ErrorContains(t, err, "read the engine's progress")
}

func TestPushedNeedsADigest(t *testing.T) {
	digest, err := pushed(strings.NewReader(`{"status":"Pushing","id":"a"}{"aux":{"Tag":"1","Digest":"sha256:2","Size":3}}`), &record{})
	require.NoError(t, err)
	assert.Equal(t, "sha256:2", digest)
	_, err = pushed(strings.NewReader(`{"status":"Pushed","id":"a"}`), &record{})
	assert.ErrorContains(t, err, "without a digest")
	_, err = pushed(strings.NewReader(`{"errorDetail":{"message":"no basic auth credentials"},"error":"x"}`), &record{})
	assert.ErrorContains(t, err, "no basic auth credentials")
}

func FuzzFollow(f *testing.F) {
	f.Add(`{"id":"moby.buildkit.trace","aux":"CgA="}`)
	f.Add(`{"stream":"Step 1/1 : RUN x"}{"error":"e","errorDetail":{"message":"m"}}`)
	f.Fuzz(func(t *testing.T, stream string) {
		if id, err := follow(strings.NewReader(stream), &record{}); (id == "") == (err == nil) {
			t.Fatalf("id %q, error %v", id, err)
		}
	})
}
