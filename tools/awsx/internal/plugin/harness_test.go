package plugin_test

import (
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"gitlab.com/slipway/slipway/tools/awsx/internal/plugin"
	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
	"gitlab.com/slipway/slipway/tools/awsx/vpc"
)

// named identifies a resource as the recordings do.
type named struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// constructed is a child at the moment of its construction.
type constructed struct {
	named
	Parent    named
	DependsOn []named
}

// trace notes the children in the order of their construction, with the
// explicit dependencies: the protocol shows neither. It looks on through the
// SDK's transformations, which run as each resource is constructed.
type trace struct {
	mutex    sync.Mutex
	known    map[pulumi.Resource]named
	children []constructed
}

func (tr *trace) construct(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, opts pulumi.ResourceOption) (*provider.ConstructResult, error) {
	tr.known = map[pulumi.Resource]named{}
	return vpc.Construct(ctx, typ, name, inputs, pulumi.Composite(opts, pulumi.Transformations([]pulumi.ResourceTransformation{tr.note})))
}

func (tr *trace) note(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	tr.mutex.Lock()
	defer tr.mutex.Unlock()
	self := named{args.Type, args.Name}
	tr.known[args.Resource] = self
	if args.Type == vpc.TypeToken {
		return nil
	}
	options, err := pulumi.NewResourceOptions(args.Opts...)
	if err != nil {
		panic(err)
	}
	child := constructed{named: self, Parent: tr.known[options.Parent]}
	for _, r := range options.DependsOn {
		child.DependsOn = append(child.DependsOn, tr.known[r])
	}
	tr.children = append(tr.children, child)
	return nil
}

// run is one Construct call and all that can be seen of it.
type run struct {
	monitor  *recorder.Monitor
	engine   *recorder.Engine
	trace    *trace
	response *pulumirpc.ConstructResponse
	err      error
}

// construct calls the real server, over the network, for a component net.
func construct(t recorder.T, monitor *recorder.Monitor, args map[string]any, edits ...func(*pulumirpc.ConstructRequest)) run {
	t.Helper()
	r := run{monitor: monitor, engine: &recorder.Engine{}, trace: &trace{}}
	monitorAddress, engineAddress := recorder.ServeEngine(t, r.monitor, r.engine)
	server := plugin.NewServer(nil, r.trace.construct)
	client := recorder.Dial(t, recorder.Serve(t, func(s *grpc.Server) { pulumirpc.RegisterResourceProviderServer(s, server) }))
	_, err := client.Attach(t.Context(), &pulumirpc.PluginAttach{Address: engineAddress})
	require.NoError(t, err)

	inputs, err := recorder.Properties(args)
	require.NoError(t, err)
	request := &pulumirpc.ConstructRequest{
		Project: recorder.Project, Stack: recorder.Stack, Organization: "organization",
		Type: vpc.TypeToken, Name: "net", Parent: recorder.StackURN(),
		Inputs: inputs, DryRun: monitor.DryRun, Parallel: 16,
		MonitorEndpoint: monitorAddress, AcceptsOutputValues: true,
	}
	for _, edit := range edits {
		edit(request)
	}
	r.response, r.err = client.Construct(t.Context(), request)
	return r
}

// inputs are a child's registered inputs in the recordings' notation.
func (r run) inputs(t recorder.T, symbol string) map[string]any {
	t.Helper()
	child, found := r.monitor.Child(symbol)
	require.True(t, found, "%s is registered", symbol)
	plain, err := recorder.Plain(child.GetObject())
	require.NoError(t, err)
	return plain
}

// sorted is a sorted list of symbols that is never nil.
func sorted(symbols []string) []string {
	return slices.Sorted(slices.Values(symbols))
}

// unresolved replaces generated IDs by unknown, as a preview sees them. What
// the program gave is known in a preview as well.
func unresolved(value any) any {
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(v, "${") && !strings.HasPrefix(v, "${given:") {
			return recorder.Unknown
		}
	case map[string]any:
		replaced := map[string]any{}
		for key, element := range v {
			replaced[key] = unresolved(element)
		}
		return replaced
	case []any:
		replaced := []any{}
		for _, element := range v {
			replaced = append(replaced, unresolved(element))
		}
		return replaced
	}
	return value
}
