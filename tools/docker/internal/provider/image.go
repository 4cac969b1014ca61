package provider

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"gitlab.com/slipway/slipway/tools/docker/internal/engine"
	"gitlab.com/slipway/slipway/tools/docker/internal/source"
	"gitlab.com/slipway/slipway/tools/docker/internal/spec"
)

// Create builds the image and pushes it unless skipPush is set. The resource's
// id is the image's name.
func (p *Provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if b, ok := p.bridged(req.GetUrn()); ok {
		return p.createBridged(ctx, b, req)
	}
	name, state, err := p.apply(ctx, req.GetUrn(), req.GetProperties(), req.GetPreview())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: name, Properties: state}, nil
}

// Update does what Create does; the id stays.
func (p *Provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if b, ok := p.bridged(req.GetUrn()); ok {
		return p.updateBridged(b, req)
	}
	_, state, err := p.apply(ctx, req.GetUrn(), req.GetNews(), req.GetPreview())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.UpdateResponse{Properties: state}, nil
}

// Read returns the state unchanged: an image is not looked up again.
func (p *Provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if err := checkType(req.GetUrn()); err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Inputs: req.GetInputs(), Properties: req.GetProperties()}, nil
}

// Delete forgets the image. Tags stay, on the engine and in the registry.
func (p *Provider) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, checkType(req.GetUrn())
}

func (p *Provider) apply(ctx context.Context, urn string, properties *structpb.Struct, preview bool) (string, *structpb.Struct, error) {
	if err := checkType(urn); err != nil {
		return "", nil, err
	}
	inputs, err := plugin.UnmarshalProperties(properties, wire)
	if err != nil {
		return "", nil, fmt.Errorf("read the inputs: %w", err)
	}
	img, problems := spec.Decode(inputs)
	if len(problems) > 0 { // Check has passed, so only a value unknown until now can be wrong
		return "", nil, fmt.Errorf("%s: %s", problems[0].Path, problems[0].Reason)
	}
	log := p.log(urn)
	ctx, cancel := p.cancellable(ctx)
	defer cancel()

	var outputs resource.PropertyMap
	if preview && !canPreview(img, log) {
		outputs = unbuilt(inputs)
	} else if outputs, err = p.build(ctx, img, preview, log); err != nil {
		return "", nil, err
	}
	if inputs["imageName"].IsSecret() {
		outputs["imageName"] = resource.MakeSecret(plain(outputs["imageName"]))
		outputs["baseImageName"] = resource.MakeSecret(plain(outputs["baseImageName"]))
	}
	outputs[inputsKey] = resource.MakeSecret(resource.NewProperty(inputs))
	state, err := plugin.MarshalProperties(outputs, wire)
	if err != nil {
		return "", nil, fmt.Errorf("write the state: %w", err)
	}
	return img.Name, state, nil
}

// build makes the image, pushes it if it should be, and returns the outputs.
func (p *Provider) build(ctx context.Context, img spec.Image, preview bool, log *log) (resource.PropertyMap, error) {
	if !img.SkipPush && !local(img.Name) {
		return nil, fmt.Errorf("%s is not in a registry on this machine: for any other install the official plugin "+
			"with `pulumi plugin install resource docker %s`", img.Name, Version)
	}
	src, err := source.Open(img.Build.Context, img.Build.Dockerfile)
	if err != nil {
		return nil, err
	}
	relative, err := src.Relative()
	if err != nil {
		return nil, err
	}
	docker, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer docker.Close()
	todo, err := plan(ctx, docker, img, src, log)
	if err != nil {
		return nil, err
	}
	log.Step("building " + img.Name + " for " + todo.Platform)
	id, err := docker.Build(ctx, todo, log)
	if err != nil {
		return nil, err
	}
	platform, err := docker.ImagePlatform(ctx, id)
	if err != nil {
		return nil, err
	}
	digest := resource.NewProperty(id)
	switch {
	case img.SkipPush:
		log.Step("built " + id)
	case preview:
		log.Step("built " + id + ", not pushed in a preview")
		digest = unknown()
	default:
		pushed, err := docker.Push(ctx, img.Name, todo.Credentials, log)
		if err != nil {
			return nil, err
		}
		log.Step("pushed " + pushed)
		digest = resource.NewProperty(pushed)
	}
	return resource.PropertyMap{
		"baseImageName":  resource.NewProperty(img.Name),
		"context":        resource.NewProperty(img.Build.Context),
		"dockerfile":     resource.NewProperty(relative),
		"imageName":      resource.NewProperty(img.Name),
		"platform":       resource.NewProperty(platform),
		"registryServer": resource.NewProperty(img.Registry.Server),
		"repoDigest":     digest,
	}, nil
}

// plan turns what the program asked for into what this engine can do.
func plan(ctx context.Context, docker *engine.Engine, img spec.Image, src *source.Source, log *log) (engine.Build, error) {
	platform, warning, err := docker.Platform(ctx, img.Build.Platform)
	if err != nil {
		return engine.Build{}, err
	}
	if warning != "" {
		log.Warn(warning)
	}
	credentials := engine.Credentials{
		Server:   img.Registry.Server,
		Username: img.Registry.Username,
		Password: img.Registry.Password,
	}
	if warning := credentials.Warning(); warning != "" {
		log.Warn(warning)
	}
	secrets, err := BuildSecrets()
	if err != nil {
		return engine.Build{}, err
	}
	return engine.Build{
		Name:        img.Name,
		Source:      src,
		Classic:     img.Build.Classic,
		Target:      img.Build.Target,
		Platform:    platform,
		Args:        img.Build.Args,
		CacheFrom:   img.Build.CacheFrom,
		Network:     img.Build.Network,
		ExtraHosts:  img.Build.AddHosts,
		Credentials: credentials,
		Secrets:     secrets,
	}, nil
}
