package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

var errCancelled = errors.New("cancelled by the user")

// unsupported names what to install for everything but images.
func unsupported(token string) error {
	return fmt.Errorf("%s: this stand-in for the docker plugin provides %s, %s and %s only; for other types install the official plugin "+
		"with `pulumi plugin install resource docker %s` and take this one off the PATH", token, imageType, registryImageType, builderType, Version)
}

// checkType refuses every resource type but those provided.
func checkType(urn string) error {
	switch token := string(resource.URN(urn).Type()); token {
	case imageType, registryImageType, builderType:
		return nil
	default:
		return unsupported(token)
	}
}

// Invoke provides no function.
func (p *Provider) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	return nil, unsupported(req.GetTok())
}

// Call provides no method.
func (p *Provider) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	return nil, unsupported(req.GetTok())
}

// Construct provides no component.
func (p *Provider) Construct(_ context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	return nil, unsupported(req.GetType())
}

// List lists nothing.
func (p *Provider) List(req *pulumirpc.ListRequest, _ grpc.ServerStreamingServer[pulumirpc.ListResponse]) error {
	return unsupported(req.GetToken())
}
