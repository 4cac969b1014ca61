package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"gitlab.com/slipway/slipway/tools/awsx/vpc"
	"gitlab.com/slipway/slipway/tools/localaws"
)

// unsupported is the answer to anything but the one component.
func unsupported(token string) error {
	return fmt.Errorf("%s is not available: this stand-in provides %s only; "+
		`install the official plugin for everything else: "pulumi plugin install resource %s %s"`, token, vpc.TypeToken, name, Version)
}

// GetPluginInfo tells the version.
func (s *Server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema answers with the least that names the component: programs use the
// official SDK, nothing is generated from this schema.
func (s *Server) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	schema, err := json.Marshal(map[string]any{
		"name":      name,
		"version":   Version,
		"resources": map[string]any{vpc.TypeToken: map[string]any{"isComponent": true}},
	})
	if err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	return &pulumirpc.GetSchemaResponse{Schema: string(schema)}, nil
}

// CheckConfig accepts any configuration: awsx has none of its own.
func (s *Server) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig finds no difference.
func (s *Server) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure tells what kinds of values the component takes. Anything but the
// local AWS is refused.
func (s *Server) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if err := localaws.Plugin(name, Version).Guard(os.Environ()); err != nil {
		return nil, err
	}
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets: true, SupportsPreview: true, AcceptResources: true, AcceptOutputs: true,
	}, nil
}

// Invoke refuses awsx's functions.
func (s *Server) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	return nil, unsupported(req.GetTok())
}

// Call refuses awsx's methods.
func (s *Server) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	return nil, unsupported(req.GetTok())
}

// Check refuses custom resources, of which awsx has none.
func (s *Server) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return nil, unsupported(typeOf(req.GetUrn()))
}

// Read refuses custom resources, of which awsx has none.
func (s *Server) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return nil, unsupported(typeOf(req.GetUrn()))
}

func typeOf(urn string) string {
	if u := resource.URN(urn); u.IsValid() {
		return string(u.Type())
	}
	return urn
}
