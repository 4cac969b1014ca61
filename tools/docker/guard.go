package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"gitlab.com/slipway/slipway/tools/localaws"
)

// guard keeps the plugin on the local AWS and its registry.
type guard struct {
	pulumirpc.ResourceProviderServer

	itself localaws.Program
}

// Configure refuses anything but the local AWS.
func (g guard) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if err := g.itself.Guard(os.Environ()); err != nil {
		return nil, err
	}
	return g.ResourceProviderServer.Configure(ctx, req)
}

// Create refuses a registry that is not the local AWS's, in a preview too.
func (g guard) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if err := g.registries(req.GetProperties()); err != nil {
		return nil, err
	}
	return g.ResourceProviderServer.Create(ctx, req)
}

// Update refuses what Create does.
func (g guard) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if err := g.registries(req.GetNews()); err != nil {
		return nil, err
	}
	return g.ResourceProviderServer.Update(ctx, req)
}

func (g guard) registries(properties *structpb.Struct) error {
	inputs, err := plugin.UnmarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return fmt.Errorf("read the inputs: %w", err)
	}
	return g.names(inputs)
}

// names looks at every input that may name an image or a registry. An unknown
// one is looked at when it is known.
func (g guard) names(inputs resource.PropertyMap) error {
	var problems []error
	for key, value := range inputs {
		switch key {
		case "imageName", "name", "server", "address":
			if value.IsString() {
				problems = append(problems, g.itself.GuardRegistry(value.StringValue()))
			}
		}
		switch {
		case value.IsObject():
			problems = append(problems, g.names(value.ObjectValue()))
		case value.IsArray():
			for _, element := range value.ArrayValue() {
				switch {
				case element.IsObject():
					problems = append(problems, g.names(element.ObjectValue()))
				case element.IsString() && key == "tags":
					problems = append(problems, g.itself.GuardRegistry(element.StringValue()))
				}
			}
		}
	}
	return errors.Join(problems...)
}
