package provider_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	registryImageURN = "urn:pulumi:dev::project::docker:index/registryImage:RegistryImage::app"
	builderURN       = "urn:pulumi:dev::project::docker:index/buildxBuilder:BuildxBuilder::app"
)

func registryInputs(more ...m) m {
	all := m{
		"name":         "127.0.0.1:5000/app:1",
		"keepRemotely": true,
		"build":        m{"context": "app", "dockerfile": "app/Dockerfile", "platform": "linux/arm64", "builder": "slipway", "cacheFroms": []any{"type=registry,ref=x"}},
		"authConfig":   m{"address": "http://127.0.0.1:5000", "username": "AWS", "password": "first"},
	}
	for _, extra := range more {
		for key, value := range extra {
			all[key] = value
		}
	}
	return all
}

func TestRegistryImageIsCheckedAndItsPasswordIsSecret(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	response, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: registryImageURN, News: marshal(t, registryInputs())})
	require.NoError(t, err)
	require.Empty(t, response.GetFailures())
	assert.True(t, unmarshal(t, response.GetInputs())["authConfig"].ObjectValue()["password"].IsSecret())

	for want, inputs := range map[string]m{
		"build: is required":     {"name": "127.0.0.1:5000/app:1"},
		"imageName: is required": {"build": m{"context": "app"}},
		"build.context: must be": registryInputs(m{"build": m{"context": 1.0}}),
		"pulumi plugin install":  registryInputs(m{"name": "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"}),
	} {
		response, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: registryImageURN, News: marshal(t, inputs)})
		require.NoError(t, err)
		require.NotEmpty(t, response.GetFailures(), want)
		assert.Contains(t, response.GetFailures()[0].GetReason(), want)
	}
}

func TestDockerfileIsLookedForFromThePluginsDirectory(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	inputs := registryInputs(m{"build": m{"context": "app", "dockerfile": "Dockerfile"}})
	_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: registryImageURN, Properties: marshal(t, inputs)})
	assert.ErrorContains(t, err, `could not open dockerfile at relative path "Dockerfile"`)
}

// An image that a stand-in builds may be of another architecture than the task's.
func TestNothingIsPushedToAnotherMachine(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	for _, name := range []string{"111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1", "10.0.0.1:5000/app:1", "localhost.example.com/app:1"} {
		_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: registryImageURN, Properties: marshal(t, registryInputs(m{"name": name}))})
		assert.ErrorContains(t, err, "pulumi plugin install resource docker", name)
		_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, inputs(m{"imageName": name}))})
		assert.ErrorContains(t, err, "pulumi plugin install resource docker", name)
	}
}

func TestNameAndTriggersReplaceARegistryImage(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	for key, c := range map[string]struct {
		news     m
		replaces bool
	}{
		"":           {m{}, false},
		"name":       {m{"name": "127.0.0.1:5000/app:2"}, true},
		"triggers":   {m{"triggers": m{"a": "1"}}, true},
		"authConfig": {m{"authConfig": m{"address": "http://127.0.0.1:5000", "username": "AWS", "password": "second"}}, false},
		"build":      {m{"build": m{"context": "other"}}, false},
	} {
		response, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{
			Id: "x", Urn: registryImageURN, OldInputs: marshal(t, registryInputs()), News: marshal(t, registryInputs(c.news)),
		})
		require.NoError(t, err)
		assert.Equal(t, key != "", response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME, key)
		assert.Equal(t, c.replaces, slices.Contains(response.GetReplaces(), key), key)
		if c.replaces {
			assert.Contains(t, response.GetDetailedDiff()[key].GetKind().String(), "REPLACE")
		}
	}
}

func TestPreviewOfARegistryImageNeedsNoEngine(t *testing.T) {
	project(t, files)
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	p, _ := start(t)
	created, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: registryImageURN, Preview: true, Properties: marshal(t, registryInputs())})
	require.NoError(t, err)
	assert.True(t, unmarshal(t, created.GetProperties())["sha256Digest"].IsComputed())
	_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: registryImageURN, Properties: marshal(t, registryInputs())})
	assert.ErrorContains(t, err, "cannot reach the Docker engine")
}

func TestUpdatePushesNothing(t *testing.T) {
	project(t, files)
	p, _ := start(t)
	updated, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: registryImageURN, Olds: marshal(t, registryInputs(m{"sha256Digest": "sha256:abc"})), News: marshal(t, registryInputs(m{"keepRemotely": false})),
	})
	require.NoError(t, err)
	state := unmarshal(t, updated.GetProperties())
	assert.Equal(t, "sha256:abc", state["sha256Digest"].StringValue())
	assert.False(t, state["keepRemotely"].BoolValue())
}

func TestBuilderIsOnlyNoted(t *testing.T) {
	p, _ := start(t)
	created, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: builderURN, Properties: marshal(t, m{"name": "slipway", "node": "slipway0"})})
	require.NoError(t, err)
	assert.Equal(t, "slipway", created.GetId())
	assert.Equal(t, resource.NewPropertyMapFromMap(m{"name": "slipway", "node": "slipway0"}), unmarshal(t, created.GetProperties()))
	_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: builderURN, Properties: marshal(t, m{"name": "slipway", "append": true})})
	assert.ErrorContains(t, err, `failed to find instance "slipway" for append`)
	_, err = p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: builderURN, Properties: marshal(t, m{})})
	assert.ErrorContains(t, err, "name: is required")
}
