package provider

import (
	"context"
	"fmt"
	"runtime"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
	"gitlab.com/slipway/slipway/tools/docker/internal/spec"
)

// Check validates the inputs and completes them as pulumi-docker v4 does:
// build.context, build.dockerfile, build.platform and buildOnPreview get their
// defaults, and build.contextDigest stands for the content of the context, so
// that a changed file is a changed input. registry.password becomes a secret.
func (p *Provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if err := checkType(req.GetUrn()); err != nil {
		return nil, err
	}
	if b, ok := p.bridged(req.GetUrn()); ok {
		return p.checkBridged(b, req)
	}
	inputs, err := plugin.UnmarshalProperties(req.GetNews(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the inputs: %w", err)
	}
	img, problems := spec.Decode(inputs)
	if len(problems) > 0 {
		return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures(problems)}, nil
	}
	digest, err := contextDigest(ctx, img)
	if err != nil {
		return nil, err
	}
	if img.Build.Platform == "" && img.Known("build.platform") {
		p.log(req.GetUrn()).Info("Building your image for " + hostPlatform + " architecture.\n" +
			"To ensure you are building for the correct platform, consider " +
			"explicitly setting the `platform` field on ImageBuildOptions.")
	}
	complete(inputs, img, digest)
	out, err := plugin.MarshalProperties(inputs, wire)
	if err != nil {
		return nil, fmt.Errorf("write the inputs: %w", err)
	}
	return &pulumirpc.CheckResponse{Inputs: out}, nil
}

// hostPlatform is pulumi-docker v4's default; containers are Linux everywhere.
const hostPlatform = "linux/" + runtime.GOARCH

func failures(problems []spec.Problem) []*pulumirpc.CheckFailure {
	out := make([]*pulumirpc.CheckFailure, len(problems))
	for i, problem := range problems {
		// Without a property the engine prints the reason alone, not the value,
		// which it can look up for top-level properties only.
		out[i] = &pulumirpc.CheckFailure{Reason: problem.Path + ": " + problem.Reason}
	}
	return out
}

// contextDigest is empty while a preview doesn't know the paths yet.
func contextDigest(ctx context.Context, img spec.Image) (string, error) {
	if !img.Located() {
		return "", nil
	}
	src, err := source.Open(img.Build.Context, img.Build.Dockerfile)
	if err != nil {
		return "", err
	}
	return src.Digest(ctx)
}

// complete writes the defaults into inputs, leaving unknown values alone.
func complete(inputs resource.PropertyMap, img spec.Image, digest string) {
	if img.Known("buildOnPreview") {
		inputs["buildOnPreview"] = resource.NewProperty(img.BuildOnPreview)
	}
	if registry, ok := object(inputs["registry"]); ok {
		if password, set := registry["password"]; set && !password.IsSecret() && !password.IsComputed() {
			registry["password"] = resource.MakeSecret(password)
		}
	}
	if !img.Known("build") {
		return
	}
	build, ok := object(inputs["build"])
	if !ok {
		build = resource.PropertyMap{}
		inputs["build"] = resource.NewProperty(build)
	}
	set := func(key resource.PropertyKey, value string) {
		if value != "" {
			build[key] = keepSecret(build[key], value)
		}
	}
	set("context", img.Build.Context)
	set("dockerfile", img.Build.Dockerfile)
	set("contextDigest", digest)
	if img.Build.Platform == "" && img.Known("build.platform") {
		set("platform", hostPlatform)
	}
}

// keepSecret is value, secret if old was.
func keepSecret(old resource.PropertyValue, value string) resource.PropertyValue {
	if old.IsSecret() {
		return resource.MakeSecret(resource.NewProperty(value))
	}
	return resource.NewProperty(value)
}

// object is the map in v, secret or not; changes to it show in v.
func object(v resource.PropertyValue) (resource.PropertyMap, bool) {
	for v.IsSecret() {
		v = v.SecretValue().Element
	}
	if !v.IsObject() {
		return nil, false
	}
	return v.ObjectValue(), true
}
