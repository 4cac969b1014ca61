package engine

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"gitlab.com/slipway/slipway/tools/awsx/vpc"
)

// getResource is the function by which the SDK resolves references to resources.
const getResource = "pulumi:pulumi:getResource"

var marshal = plugin.MarshalOptions{KeepSecrets: true, KeepResources: true}

// GetDeploymentInfo tells what the SDK's own mocks support: without output
// values, so that inputs are plain.
func (e *Engine) GetDeploymentInfo(context.Context, *emptypb.Empty) (*pulumirpc.DeploymentInfo, error) {
	return &pulumirpc.DeploymentInfo{
		Project: e.run.Project, Stack: e.run.Stack,
		SupportedFeatures: []pulumirpc.ResourceMonitorFeature{
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_SECRETS,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_DELETED_WITH,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
		},
	}, nil
}

// Invoke answers a function call.
func (e *Engine) Invoke(_ context.Context, req *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(req.GetArgs(), marshal)
	if err != nil {
		return nil, fmt.Errorf("read the arguments of %s: %w", req.GetTok(), err)
	}
	if req.GetTok() == getResource {
		urn := args["urn"].StringValue()
		state, known := e.registered.Load(urn)
		if !known {
			return nil, fmt.Errorf("no resource %s", urn)
		}
		return &pulumirpc.ResourceInvokeResponse{Return: state.(*structpb.Struct)}, nil
	}
	answer, err := e.run.Mocks.Call(pulumi.MockCallArgs{Token: req.GetTok(), Args: args, Provider: req.GetProvider()})
	if err != nil {
		return nil, err
	}
	result, err := plugin.MarshalProperties(answer, marshal)
	if err != nil {
		return nil, fmt.Errorf("write the answer to %s: %w", req.GetTok(), err)
	}
	return &pulumirpc.ResourceInvokeResponse{Return: result}, nil
}

// RegisterResource answers a registration.
func (e *Engine) RegisterResource(ctx context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	switch {
	case req.GetType() == string(resource.RootStackType):
		return &pulumirpc.RegisterResourceResponse{Urn: e.urn(req)}, nil
	case req.GetRemote() && req.GetType() == vpc.TypeToken:
		return e.construct(ctx, req)
	}
	inputs, err := plugin.UnmarshalProperties(req.GetObject(), marshal)
	if err != nil {
		return nil, fmt.Errorf("read the inputs of %s: %w", req.GetName(), err)
	}
	id, outputs, err := e.run.Mocks.NewResource(pulumi.MockResourceArgs{
		TypeToken: req.GetType(), Name: req.GetName(), Inputs: inputs, Provider: req.GetProvider(),
		ID: req.GetImportId(), Custom: req.GetCustom(), RegisterRPC: req,
	})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.RegisterResourceResponse{Urn: e.urn(req), Id: id}
	if response.Object, err = plugin.MarshalProperties(outputs, marshal); err != nil {
		return nil, fmt.Errorf("write the outputs of %s: %w", req.GetName(), err)
	}
	e.registered.Store(response.Urn, &structpb.Struct{Fields: map[string]*structpb.Value{
		"urn":   structpb.NewStringValue(response.Urn),
		"id":    structpb.NewStringValue(id),
		"state": structpb.NewStructValue(response.Object),
	}})
	return response, nil
}

// ReadResource answers the look-up of what another stack holds, which is no resource
// of this one.
func (e *Engine) ReadResource(_ context.Context, req *pulumirpc.ReadResourceRequest) (*pulumirpc.ReadResourceResponse, error) {
	inputs, err := plugin.UnmarshalProperties(req.GetProperties(), marshal)
	if err != nil {
		return nil, fmt.Errorf("read the inputs of %s: %w", req.GetName(), err)
	}
	_, outputs, err := e.run.Mocks.NewResource(pulumi.MockResourceArgs{
		TypeToken: req.GetType(), Name: req.GetName(), Inputs: inputs, Provider: req.GetProvider(), ID: req.GetId(), Custom: true, ReadRPC: req,
	})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.ReadResourceResponse{
		Urn: e.urn(&pulumirpc.RegisterResourceRequest{Type: req.GetType(), Name: req.GetName(), Parent: req.GetParent()}),
	}
	if response.Properties, err = plugin.MarshalProperties(outputs, marshal); err != nil {
		return nil, fmt.Errorf("write what is known of %s: %w", req.GetName(), err)
	}
	return response, nil
}

// RegisterResourceOutputs takes the outputs of a component, which nothing here
// asks for.
func (e *Engine) RegisterResourceOutputs(context.Context, *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// urn is the identity of a resource.
func (e *Engine) urn(req *pulumirpc.RegisterResourceRequest) string {
	var parent tokens.Type
	if p := resource.URN(req.GetParent()); p != "" && p.QualifiedType() != resource.RootStackType {
		parent = p.QualifiedType()
	}
	return string(resource.NewURN(tokens.QName(e.run.Stack), tokens.PackageName(e.run.Project), parent, tokens.Type(req.GetType()), req.GetName()))
}
