package provider_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/docker/internal/provider"
)

func inputs(more ...m) m {
	all := m{
		"imageName": "127.0.0.1:5000/app:1",
		"skipPush":  false,
		"build":     m{"context": "app", "platform": "linux/amd64"},
		"registry":  m{"server": "http://127.0.0.1:5000", "username": "AWS", "password": "first"},
	}
	for _, extra := range more {
		for key, value := range extra {
			all[key] = value
		}
	}
	return all
}

var files = map[string]string{"app/Dockerfile": "FROM scratch", "app/main.py": "1", "app/.dockerignore": "*.log"}

func TestCheckCompletesTheInputs(t *testing.T) {
	project(t, files)
	p, engine := start(t)
	got := check(t, p, inputs(m{"build": m{"context": "./app", "args": m{"A": "1"}}}))
	build := got["build"].ObjectValue()
	assert.Regexp(t, "^[0-9a-f]{64}$", build["contextDigest"].StringValue())
	delete(build, "contextDigest")
	assert.Equal(t, resource.NewPropertyMapFromMap(m{
		"imageName": "127.0.0.1:5000/app:1", "skipPush": false, "buildOnPreview": false,
		"build": m{
			"context": "./app", "dockerfile": "app/Dockerfile", "platform": "linux/" + runtime.GOARCH, "args": m{"A": "1"},
		},
		"registry": m{
			"server": "http://127.0.0.1:5000", "username": "AWS", "password": resource.MakeSecret(resource.NewProperty("first")),
		},
	}), got)
	assert.Contains(t, engine.texts(false, pulumirpc.LogSeverity_INFO)[0], "explicitly setting the `platform` field")
}

func TestCheckWithoutABuildUsesTheProject(t *testing.T) {
	project(t, map[string]string{"Dockerfile": "FROM scratch"})
	p, _ := start(t)
	got := check(t, p, m{"imageName": "a", "skipPush": true})["build"].ObjectValue()
	assert.Equal(t, ".", got["context"].StringValue())
	assert.Equal(t, "Dockerfile", got["dockerfile"].StringValue())
}

func TestCheckReportsEveryProblem(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	response, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn, News: marshal(t, m{
		"imageName": "app:1", "build": m{"builderVersion": "x", "platform": "?"},
	})})
	require.NoError(t, err)
	require.Len(t, response.GetFailures(), 3)
	assert.Contains(t, response.GetFailures()[0].GetReason(), "build.builderVersion: must be one of")
	assert.Contains(t, response.GetFailures()[1].GetReason(), "build.platform: ")
	assert.Contains(t, response.GetFailures()[2].GetReason(), "imageName: \"app:1\" must be fully qualified")
}

func TestCheckExplainsAMissingDockerfile(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	_, err := p.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: urn, News: marshal(t, inputs(m{"build": m{"context": "app", "dockerfile": "Dockerfile"}})),
	})
	assert.ErrorContains(t, err, "Try setting `dockerfile` to \"app/Dockerfile\"")
}

func TestNoDiffWhenNothingThatMattersChanged(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	before := check(t, p, inputs())

	future := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes("app/main.py", future, future))
	require.NoError(t, os.Chmod("app/main.py", 0o664))
	write(t, "app/new.log", "ignored")
	after := check(t, p, inputs(m{"registry": m{
		"server": "http://127.0.0.1:5000", "username": "other", "password": resource.MakeSecret(resource.NewProperty("second")),
	}}))
	assert.Empty(t, diff(t, p, before, after))
	assert.Empty(t, diff(t, p, before, check(t, p, inputs(m{"imageName": resource.MakeSecret(resource.NewProperty("127.0.0.1:5000/app:1"))}))),
		"a value that became a secret is the same value")
}

func TestDiffs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T)
		news   m
		want   []string
	}{
		"a file":           {change: func(t *testing.T) { write(t, "app/main.py", "2") }, want: []string{"build"}},
		"Dockerfile":       {change: func(t *testing.T) { write(t, "app/Dockerfile", "FROM a") }, want: []string{"build"}},
		"platform":         {news: m{"build": m{"context": "app", "platform": "linux/arm64"}}, want: []string{"build"}},
		"argument":         {news: m{"build": m{"context": "app", "platform": "linux/amd64", "args": m{"A": "1"}}}, want: []string{"build"}},
		"name":             {news: m{"imageName": "127.0.0.1:5000/app:2"}, want: []string{"imageName"}},
		"unknown name":     {news: m{"imageName": unknown}, want: []string{"imageName"}},
		"skipPush":         {news: m{"skipPush": true}, want: []string{"skipPush"}},
		"buildOnPreview":   {news: m{"buildOnPreview": true}, want: []string{"buildOnPreview"}},
		"server":           {news: m{"registry": m{"server": "b", "username": "AWS", "password": "first"}}, want: []string{"registry"}},
		"no registry":      {news: m{"registry": nil}, want: []string{"registry"}},
		"unknown password": {news: m{"registry": m{"server": "http://127.0.0.1:5000", "username": "AWS", "password": unknown}}},
		"no password":      {news: m{"registry": m{"server": "http://127.0.0.1:5000"}}},
	} {
		t.Run(name, func(t *testing.T) {
			project(t, files)
			p, _ := start(t)
			before := check(t, p, inputs())
			if c.change != nil {
				c.change(t)
			}
			assert.Equal(t, c.want, diff(t, p, before, check(t, p, inputs(c.news))))
		})
	}
}

// An engine from before old inputs were sent, and a state written by
// pulumi-docker v4 itself, both leave only __inputs.
func TestDiffReadsTheInputsOutOfTheState(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	before := check(t, p, inputs())
	state := resource.PropertyMap{"__inputs": resource.MakeSecret(resource.NewProperty(before)), "imageName": before["imageName"]}
	request := &pulumirpc.DiffRequest{Urn: urn, Olds: marshal(t, state), News: marshal(t, before)}
	response, err := p.Diff(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, response.GetChanges())

	write(t, "app/main.py", "2")
	request.News = marshal(t, check(t, p, inputs()))
	response, err = p.Diff(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, response.GetChanges())
}

func TestPreviewNeedsNeitherEngineNorValues(t *testing.T) {
	project(t, files)
	t.Setenv("DOCKER_HOST", "unix:///nowhere")
	for name, c := range map[string]struct {
		inputs  m
		warning string
	}{
		"as usual":                 {inputs: inputs()},
		"unknown name":             {inputs: inputs(m{"imageName": unknown})},
		"unknown context":          {inputs: inputs(m{"build": m{"context": unknown}})},
		"unknown build":            {inputs: inputs(m{"build": unknown})},
		"unknown registry":         {inputs: inputs(m{"registry": unknown})},
		"build with unknown name":  {inputs(m{"imageName": unknown, "buildOnPreview": true}), "imageName is not known yet"},
		"build with unknown arg":   {inputs(m{"build": m{"context": "app", "args": m{"A": unknown}}, "buildOnPreview": true}), "build.args.A is not known yet"},
		"unknown whether to build": {inputs(m{"buildOnPreview": unknown}), "buildOnPreview is not known yet"},
	} {
		t.Run(name, func(t *testing.T) {
			p, engine := start(t)
			checked := check(t, p, c.inputs)
			created, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, checked), Preview: true})
			require.NoError(t, err)
			updated, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{Urn: urn, News: marshal(t, checked), Preview: true})
			require.NoError(t, err)
			for _, state := range []resource.PropertyMap{unmarshal(t, created.GetProperties()), unmarshal(t, updated.GetProperties())} {
				assert.Equal(t, checked["imageName"], state["imageName"])
				assert.True(t, state["repoDigest"].IsComputed())
			}
			if c.warning == "" {
				assert.Empty(t, engine.warnings())
			} else {
				assert.Contains(t, engine.warnings()[0], c.warning)
			}
		})
	}
}

func TestNoEngineIsOneClearError(t *testing.T) {
	project(t, files)
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	p, _ := start(t)
	_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, check(t, p, inputs()))})
	assert.ErrorContains(t, err, "cannot reach the Docker engine at unix:///nowhere/docker.sock")
	assert.ErrorContains(t, err, "start it")
}

func TestConfiguredEngineGoesFirst(t *testing.T) {
	project(t, files)
	t.Setenv("DOCKER_HOST", "unix:///environment")
	p, _ := start(t)
	_, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{Variables: map[string]string{"docker:config:host": "unix:///configured"}})
	require.NoError(t, err)
	_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, check(t, p, inputs()))})
	assert.ErrorContains(t, err, "unix:///configured")
}

func TestABundleThatIsNamedMustExist(t *testing.T) {
	t.Setenv("SLIPWAY_BUILD_CA", "/nowhere.pem")
	_, err := provider.BuildSecrets()
	assert.ErrorContains(t, err, "SLIPWAY_BUILD_CA")
	assert.ErrorContains(t, err, "/nowhere.pem")

	t.Setenv("SLIPWAY_BUILD_CA", "")
	t.Setenv("SSL_CERT_FILE", "/nowhere.pem")
	secrets, err := provider.BuildSecrets()
	require.NoError(t, err)
	assert.Empty(t, secrets)
}

func TestOtherTypesNameTheOfficialPlugin(t *testing.T) {
	p, _ := start(t)
	ctx := t.Context()
	other := "urn:pulumi:dev::project::docker:index/container:Container::c"
	for name, call := range map[string]func() error{
		"check":     func() error { _, err := p.Check(ctx, &pulumirpc.CheckRequest{Urn: other}); return err },
		"diff":      func() error { _, err := p.Diff(ctx, &pulumirpc.DiffRequest{Urn: other}); return err },
		"create":    func() error { _, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: other}); return err },
		"update":    func() error { _, err := p.Update(ctx, &pulumirpc.UpdateRequest{Urn: other}); return err },
		"read":      func() error { _, err := p.Read(ctx, &pulumirpc.ReadRequest{Urn: other}); return err },
		"delete":    func() error { _, err := p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: other}); return err },
		"invoke":    func() error { _, err := p.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: "docker:index/x:x"}); return err },
		"call":      func() error { _, err := p.Call(ctx, &pulumirpc.CallRequest{Tok: "docker:index/x:x"}); return err },
		"construct": func() error { _, err := p.Construct(ctx, &pulumirpc.ConstructRequest{Type: "docker:x:X"}); return err },
	} {
		assert.ErrorContains(t, call(), "pulumi plugin install resource docker 4.10.0", name)
	}
}

func TestReadAndDeleteChangeNothing(t *testing.T) {
	p, _ := start(t)
	state := marshal(t, m{"imageName": "a"})
	read, err := p.Read(t.Context(), &pulumirpc.ReadRequest{Urn: urn, Id: "i", Properties: state, Inputs: state})
	require.NoError(t, err)
	assert.Equal(t, "i", read.GetId())
	assert.Same(t, state, read.GetProperties())
	assert.Same(t, state, read.GetInputs())
	_, err = p.Delete(t.Context(), &pulumirpc.DeleteRequest{Urn: urn})
	require.NoError(t, err)
}
