package main

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/localaws"
)

const (
	local = "127.0.0.1:4566"
	ecr   = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
)

// calls counts what gets past the guard.
type calls struct {
	pulumirpc.UnimplementedResourceProviderServer

	count int
}

func (c *calls) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	c.count++
	return &pulumirpc.ConfigureResponse{}, nil
}

func (c *calls) Create(context.Context, *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	c.count++
	return &pulumirpc.CreateResponse{}, nil
}

func (c *calls) Update(context.Context, *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	c.count++
	return &pulumirpc.UpdateResponse{}, nil
}

func guarded() (guard, *calls) {
	c := &calls{}
	return guard{ResourceProviderServer: c, itself: localaws.Plugin("docker", "4.0.0")}, c
}

func TestOnlyTheLocalAWSIsServed(t *testing.T) {
	g, passed := guarded()
	for _, endpoint := range []string{"", "https://" + ecr} {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		_, err := g.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
		require.ErrorContains(t, err, "`pulumi plugin install resource docker 4.0.0`")
	}
	assert.Zero(t, passed.count)
	t.Setenv("AWS_ENDPOINT_URL", "http://"+local)
	_, err := g.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
}

func TestOnlyTheLocalRegistryIsPushedTo(t *testing.T) {
	for name, tt := range map[string]struct {
		inputs  map[string]any
		refused bool
	}{
		"local":                 {map[string]any{"imageName": local + "/app:1", "registry": map[string]any{"server": local}}, false},
		"not pushed":            {map[string]any{"imageName": "app:1"}, false},
		"a builder":             {map[string]any{"name": "slipway", "platforms": []any{"linux/arm64"}}, false},
		"unknown in a preview":  {map[string]any{"imageName": resource.Computed{Element: resource.NewProperty("")}}, false},
		"ECR":                   {map[string]any{"imageName": ecr + "/app:1"}, true},
		"ECR, secret":           {map[string]any{"imageName": resource.MakeSecret(resource.NewProperty(ecr + "/app:1"))}, true},
		"ECR's address":         {map[string]any{"imageName": "app:1", "registry": map[string]any{"server": "https://" + ecr}}, true},
		"one tag of several":    {map[string]any{"tags": []any{local + "/app:1", ecr + "/app:1"}}, true},
		"one registry of a few": {map[string]any{"registries": []any{map[string]any{"address": ecr + "/app"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g, passed := guarded()
			inputs, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(tt.inputs), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
			require.NoError(t, err)
			_, created := g.Create(t.Context(), &pulumirpc.CreateRequest{Properties: inputs})
			_, updated := g.Update(t.Context(), &pulumirpc.UpdateRequest{News: inputs})
			if tt.refused {
				require.ErrorContains(t, created, ecr)
				require.ErrorContains(t, updated, ecr)
				assert.Zero(t, passed.count)
				return
			}
			require.NoError(t, created)
			require.NoError(t, updated)
			assert.Equal(t, 2, passed.count)
		})
	}
}
