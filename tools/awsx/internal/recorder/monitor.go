package recorder

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Names of the stack and the project that the monitor serves.
const (
	Stack   = "dev"
	Project = "demo"
)

// Registration is one RegisterResource call.
type Registration struct {
	*pulumirpc.RegisterResourceRequest
	URN string
}

// Monitor records what a component provider registers. Set the exported
// fields before it serves.
type Monitor struct {
	pulumirpc.UnimplementedResourceMonitorServer

	// DryRun withholds IDs and computed outputs, as a preview does.
	DryRun bool
	// Zones answers getAvailabilityZones.
	Zones []string
	// VPCRange is the range that IPAM gives to a VPC that asks for none.
	VPCRange string

	mutex         sync.Mutex
	registrations []Registration
	completed     map[string]*structpb.Struct
	invokes       []*pulumirpc.ResourceInvokeRequest
}

// StackURN is the URN of the stack itself.
func StackURN() string {
	return string(resource.DefaultRootStackURN(tokens.QName(Stack), tokens.PackageName(Project)))
}

// GetDeploymentInfo tells that every feature is supported, as the pinned CLI does.
func (m *Monitor) GetDeploymentInfo(context.Context, *emptypb.Empty) (*pulumirpc.DeploymentInfo, error) {
	response := &pulumirpc.DeploymentInfo{}
	for feature := range pulumirpc.ResourceMonitorFeature_name {
		response.SupportedFeatures = append(response.SupportedFeatures, pulumirpc.ResourceMonitorFeature(feature))
	}
	return response, nil
}

// RegisterResource records a registration. A second one with the same URN is
// an error with the engine's text.
func (m *Monitor) RegisterResource(_ context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	parent := tokens.Type("")
	if p := resource.URN(req.GetParent()); p.IsValid() && p.QualifiedType() != resource.RootStackType {
		parent = p.QualifiedType()
	}
	urn := string(resource.NewURN(tokens.QName(Stack), tokens.PackageName(Project), parent, tokens.Type(req.GetType()), req.GetName()))

	m.mutex.Lock()
	defer m.mutex.Unlock()
	duplicate := slices.ContainsFunc(m.registrations, func(r Registration) bool { return r.URN == urn })
	m.registrations = append(m.registrations, Registration{proto.CloneOf(req), urn})
	if duplicate {
		return nil, fmt.Errorf("Duplicate resource URN '%s'; try giving it a unique name", urn) //nolint:staticcheck // The engine's text.
	}
	response := &pulumirpc.RegisterResourceResponse{Urn: urn, Object: m.outputs(req, Symbol(urn))}
	if req.GetCustom() && !m.DryRun {
		response.Id = "${" + Symbol(urn) + ".id}"
	}
	return response, nil
}

// outputs are the inputs and what AWS would compute.
func (m *Monitor) outputs(req *pulumirpc.RegisterResourceRequest, symbol string) *structpb.Struct {
	outputs := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	if req.GetObject() != nil {
		outputs = proto.CloneOf(req.GetObject())
	}
	compute := func(key, value string) {
		if m.DryRun {
			value = unknown
		}
		if outputs.Fields == nil {
			outputs.Fields = map[string]*structpb.Value{}
		}
		outputs.Fields[key] = structpb.NewStringValue(value)
	}
	switch req.GetType() {
	case "aws:ec2/eip:Eip":
		compute("allocationId", "${"+symbol+".allocationId}")
	case "aws:ec2/vpc:Vpc":
		if _, given := outputs.GetFields()["cidrBlock"]; !given {
			compute("cidrBlock", m.VPCRange)
		}
	}
	return outputs
}

// RegisterResourceOutputs records the outputs that complete a component.
func (m *Monitor) RegisterResourceOutputs(_ context.Context, req *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.completed == nil {
		m.completed = map[string]*structpb.Struct{}
	}
	m.completed[req.GetUrn()] = req.GetOutputs()
	return &emptypb.Empty{}, nil
}

// Invoke records a function call and answers getAvailabilityZones.
func (m *Monitor) Invoke(_ context.Context, req *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.invokes = append(m.invokes, proto.CloneOf(req))
	if req.GetTok() != "aws:index/getAvailabilityZones:getAvailabilityZones" {
		return nil, fmt.Errorf("no answer to %s", req.GetTok())
	}
	names := make([]any, len(m.Zones))
	for i, zone := range m.Zones {
		names[i] = zone
	}
	result, err := structpb.NewStruct(map[string]any{"names": names})
	return &pulumirpc.ResourceInvokeResponse{Return: result}, err
}

// Children are the registrations without the component's own, in the order of
// their arrival, which is not the order of construction.
func (m *Monitor) Children() []Registration {
	return m.filter(func(r Registration) bool { return Symbol(r.URN) != Component })
}

// Components are the component's own registrations.
func (m *Monitor) Components() []Registration {
	return m.filter(func(r Registration) bool { return Symbol(r.URN) == Component })
}

// Child finds a child by its symbol.
func (m *Monitor) Child(symbol string) (Registration, bool) {
	found := m.filter(func(r Registration) bool { return Symbol(r.URN) == symbol })
	if len(found) == 0 {
		return Registration{}, false
	}
	return found[0], true
}

func (m *Monitor) filter(keep func(Registration) bool) []Registration {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(m.registrations), func(r Registration) bool { return !keep(r) })
}

// Completed are the outputs registered for a URN.
func (m *Monitor) Completed(urn string) (*structpb.Struct, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	outputs, ok := m.completed[urn]
	return outputs, ok
}

// Invokes are the function calls.
func (m *Monitor) Invokes() []*pulumirpc.ResourceInvokeRequest {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Clone(m.invokes)
}
