package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// inputsKey is where pulumi-docker v4 keeps the inputs among the outputs.
const inputsKey resource.PropertyKey = "__inputs"

// Diff compares inputs. Every difference is an update, never a replacement,
// and registry.username and registry.password make none: a registry's password
// may change every few hours without making the image another one.
func (p *Provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	if err := checkType(req.GetUrn()); err != nil {
		return nil, err
	}
	if b, ok := p.bridged(req.GetUrn()); ok {
		return p.diffBridged(b, req)
	}
	olds, err := oldInputs(req)
	if err != nil {
		return nil, err
	}
	news, err := plugin.UnmarshalProperties(req.GetNews(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the new inputs: %w", err)
	}
	found := changes(olds, news)
	if len(found) == 0 {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	return &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_SOME,
		DetailedDiff:    found,
		HasDetailedDiff: true,
	}, nil
}

// oldInputs come from the engine or, in a request of an old one, from the state.
func oldInputs(req *pulumirpc.DiffRequest) (resource.PropertyMap, error) {
	if req.GetOldInputs() != nil {
		olds, err := plugin.UnmarshalProperties(req.GetOldInputs(), wire)
		if err != nil {
			return nil, fmt.Errorf("read the old inputs: %w", err)
		}
		return olds, nil
	}
	state, err := plugin.UnmarshalProperties(req.GetOlds(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	if inputs, ok := object(state[inputsKey]); ok {
		return inputs, nil
	}
	return state, nil
}

func changes(olds, news resource.PropertyMap) map[string]*pulumirpc.PropertyDiff {
	diff := stable(olds).Diff(stable(news))
	if diff == nil {
		return nil
	}
	out := map[string]*pulumirpc.PropertyDiff{}
	add := func(key resource.PropertyKey, kind pulumirpc.PropertyDiff_Kind) {
		out[string(key)] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
	}
	for key := range diff.Adds {
		add(key, pulumirpc.PropertyDiff_ADD)
	}
	for key := range diff.Deletes {
		add(key, pulumirpc.PropertyDiff_DELETE)
	}
	for key := range diff.Updates {
		add(key, pulumirpc.PropertyDiff_UPDATE)
	}
	return out
}

// stable is inputs without the wrapping of secrets and without credentials.
func stable(inputs resource.PropertyMap) resource.PropertyMap {
	out := plain(resource.NewProperty(inputs)).ObjectValue()
	if registry, ok := object(out["registry"]); ok {
		registry = maps.Clone(registry)
		delete(registry, "username")
		delete(registry, "password")
		out["registry"] = resource.NewProperty(registry)
	}
	return out
}

// plain is a copy of v with every secret unwrapped.
func plain(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsObject():
		out := resource.PropertyMap{}
		for key, element := range v.ObjectValue() {
			out[key] = plain(element)
		}
		return resource.NewProperty(out)
	case v.IsArray():
		out := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, element := range v.ArrayValue() {
			out[i] = plain(element)
		}
		return resource.NewProperty(out)
	}
	return v
}
