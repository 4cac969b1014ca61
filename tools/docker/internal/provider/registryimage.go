package provider

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/distribution/reference"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"gitlab.com/slipway/slipway/tools/docker/internal/spec"
)

// registryImage builds and pushes an image: the type RegistryImage with a build.
type registryImage struct{ p *Provider }

// image is what Image would be told to do the same. Like the official plugin's with a
// builder, it looks for the Dockerfile from its own directory; caches in a registry
// are for the builder that is not used.
func (registryImage) image(inputs resource.PropertyMap) (spec.Image, []spec.Problem) {
	translated := resource.PropertyMap{"imageName": inputs["name"]}
	if auth, ok := object(inputs["authConfig"]); ok {
		translated["registry"] = resource.NewProperty(resource.PropertyMap{
			"server": auth["address"], "username": auth["username"], "password": auth["password"],
		})
	}
	given, ok := object(inputs["build"])
	if !ok {
		return spec.Image{}, []spec.Problem{{Path: "build", Reason: "is required by this stand-in, which pushes only what it builds"}}
	}
	build := resource.PropertyMap{}
	for from, to := range map[resource.PropertyKey]resource.PropertyKey{
		"context": "context", "platform": "platform", "target": "target", "buildArgs": "args", "extraHosts": "addHosts", "networkMode": "network",
	} {
		if value, set := given[from]; set {
			build[to] = value
		}
	}
	dockerfile := "Dockerfile"
	if value := plain(given["dockerfile"]); value.IsString() && value.StringValue() != "" {
		dockerfile = value.StringValue()
	}
	build["dockerfile"] = resource.NewProperty(dockerfile)
	translated["build"] = resource.NewProperty(build)
	img, problems := spec.Decode(translated)
	if img.Name != "" && !local(img.Name) {
		problems = append(problems, spec.Problem{Path: "name", Reason: fmt.Sprintf(
			"%q is not in a registry on this machine: for any other install the official plugin with `pulumi plugin install resource docker %s`",
			img.Name, Version)})
	}
	return img, problems
}

// local tells whether the registry that name begins with is on this machine. No
// other gets an image from a stand-in, which may be of another architecture than
// the one asked for.
func local(name string) bool {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return true // spec says what is wrong with it
	}
	host := reference.Domain(named)
	if without, _, err := net.SplitHostPort(host); err == nil {
		host = without
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func (r registryImage) check(inputs resource.PropertyMap) []spec.Problem {
	_, problems := r.image(inputs)
	if auth, ok := object(inputs["authConfig"]); ok {
		if password, set := auth["password"]; set && !password.IsSecret() && !password.IsComputed() {
			auth["password"] = resource.MakeSecret(password)
		}
	}
	return problems
}

// create builds and pushes. The ID is the digest, as the official plugin has it.
func (r registryImage) create(ctx context.Context, inputs resource.PropertyMap, preview bool, log *log) (string, resource.PropertyMap, error) {
	img, problems := r.image(inputs)
	if len(problems) > 0 {
		return "", nil, fmt.Errorf("%s: %s", problems[0].Path, problems[0].Reason)
	}
	outputs := inputs.Copy()
	if preview {
		outputs["sha256Digest"] = unknown()
		return "", outputs, nil
	}
	built, err := r.p.build(ctx, img, false, log)
	if err != nil {
		return "", nil, err
	}
	_, digest, _ := strings.Cut(built["repoDigest"].StringValue(), "@")
	outputs["sha256Digest"] = resource.NewProperty(digest)
	return digest, outputs, nil
}

// update pushes nothing: name and triggers replace the image, and no other input
// does, as in the official plugin.
func (registryImage) update(olds, inputs resource.PropertyMap) resource.PropertyMap {
	outputs := inputs.Copy()
	outputs["sha256Digest"] = olds["sha256Digest"]
	return outputs
}

func (registryImage) replaces() []resource.PropertyKey {
	return []resource.PropertyKey{"name", "triggers"}
}

// builder is the type BuildxBuilder. The engine's own BuildKit builds here, so that
// there is none to make.
type builder struct{}

func (builder) check(resource.PropertyMap) []spec.Problem { return nil }

func (builder) create(_ context.Context, inputs resource.PropertyMap, _ bool, _ *log) (string, resource.PropertyMap, error) {
	name := plain(inputs["name"])
	if !name.IsString() || name.StringValue() == "" {
		return "", nil, fmt.Errorf("name: is required by this stand-in")
	}
	// buildx's own words: nothing is made that a node could be appended to.
	if add := plain(inputs["append"]); add.IsBool() && add.BoolValue() {
		return "", nil, fmt.Errorf("failed to create Buildx builder: failed to find instance %q for append", name.StringValue())
	}
	return name.StringValue(), inputs.Copy(), nil
}

func (builder) update(_, inputs resource.PropertyMap) resource.PropertyMap { return inputs.Copy() }

func (builder) replaces() []resource.PropertyKey {
	return []resource.PropertyKey{
		"append", "bootstrap", "buildkitConfig", "buildkitFlags", "dockerContainer", "driver", "driverOptions", "endpoint",
		"kubernetes", "name", "node", "platforms", "remote", "use",
	}
}

// bridged is a type that the official plugin takes from the Terraform provider.
type bridged interface {
	check(inputs resource.PropertyMap) []spec.Problem
	create(ctx context.Context, inputs resource.PropertyMap, preview bool, log *log) (string, resource.PropertyMap, error)
	update(olds, inputs resource.PropertyMap) resource.PropertyMap
	// replaces are the inputs whose change makes another resource.
	replaces() []resource.PropertyKey
}

// bridged returns the type of urn if it is one of them.
func (p *Provider) bridged(urn string) (bridged, bool) {
	switch string(resource.URN(urn).Type()) {
	case registryImageType:
		return registryImage{p}, true
	case builderType:
		return builder{}, true
	}
	return nil, false
}

func (p *Provider) checkBridged(b bridged, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	inputs, err := plugin.UnmarshalProperties(req.GetNews(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the inputs: %w", err)
	}
	problems := b.check(inputs)
	out, err := plugin.MarshalProperties(inputs, wire)
	if err != nil {
		return nil, fmt.Errorf("write the inputs: %w", err)
	}
	return &pulumirpc.CheckResponse{Inputs: out, Failures: failures(problems)}, nil
}

func (p *Provider) diffBridged(b bridged, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := plugin.UnmarshalProperties(req.GetOldInputs(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the old inputs: %w", err)
	}
	news, err := plugin.UnmarshalProperties(req.GetNews(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the new inputs: %w", err)
	}
	found := changes(olds, news)
	if len(found) == 0 {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_SOME, DetailedDiff: found, HasDetailedDiff: true,
	}
	for _, key := range b.replaces() {
		if change, differs := found[string(key)]; differs {
			response.Replaces = append(response.Replaces, string(key))
			change.Kind++ // each kind is followed by the same one as a replacement
		}
	}
	for key := range found {
		response.Diffs = append(response.Diffs, key)
	}
	return response, nil
}

func (p *Provider) createBridged(ctx context.Context, b bridged, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	inputs, err := plugin.UnmarshalProperties(req.GetProperties(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the inputs: %w", err)
	}
	ctx, cancel := p.cancellable(ctx)
	defer cancel()
	id, outputs, err := b.create(ctx, inputs, req.GetPreview(), p.log(req.GetUrn()))
	if err != nil {
		return nil, err
	}
	state, err := plugin.MarshalProperties(outputs, wire)
	if err != nil {
		return nil, fmt.Errorf("write the state: %w", err)
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: state}, nil
}

func (p *Provider) updateBridged(b bridged, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	olds, err := plugin.UnmarshalProperties(req.GetOlds(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	inputs, err := plugin.UnmarshalProperties(req.GetNews(), wire)
	if err != nil {
		return nil, fmt.Errorf("read the inputs: %w", err)
	}
	state, err := plugin.MarshalProperties(b.update(olds, inputs), wire)
	if err != nil {
		return nil, fmt.Errorf("write the state: %w", err)
	}
	return &pulumirpc.UpdateResponse{Properties: state}, nil
}
