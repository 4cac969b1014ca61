package engine

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"gitlab.com/slipway/slipway/tools/awsx/vpc"
)

// construct has awsx construct a VPC on this engine.
func (e *Engine) construct(ctx context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	request := &pulumirpc.ConstructRequest{
		Project: e.run.Project, Stack: e.run.Stack, Organization: e.run.Organization, Config: e.run.Config,
		Type: req.GetType(), Name: req.GetName(), Parent: req.GetParent(),
		Inputs: req.GetObject(), Dependencies: req.GetDependencies(),
		InputDependencies: map[string]*pulumirpc.ConstructRequest_PropertyDependencies{},
		Parallel:          e.run.Parallel, MonitorEndpoint: e.address, AcceptsOutputValues: false,
	}
	for input, dependencies := range req.GetPropertyDependencies() {
		request.InputDependencies[input] = &pulumirpc.ConstructRequest_PropertyDependencies{Urns: dependencies.GetUrns()}
	}
	constructed, err := provider.Construct(ctx, request, e.conn, vpc.Construct)
	if err != nil {
		return nil, fmt.Errorf("construct %s %s: %w", req.GetType(), req.GetName(), err)
	}
	response := &pulumirpc.RegisterResourceResponse{
		Urn: constructed.GetUrn(), Object: constructed.GetState(),
		PropertyDependencies: map[string]*pulumirpc.RegisterResourceResponse_PropertyDependencies{},
	}
	for output, dependencies := range constructed.GetStateDependencies() {
		response.PropertyDependencies[output] = &pulumirpc.RegisterResourceResponse_PropertyDependencies{Urns: dependencies.GetUrns()}
	}
	return response, nil
}
