package provider

import (
	"context"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"gitlab.com/slipway/slipway/tools/docker/internal/engine"
)

// Version is the pulumi-docker release that this plugin stands in for.
const Version = "4.10.0"

// The resource types provided.
const (
	imageType         = "docker:index/image:Image"
	registryImageType = "docker:index/registryImage:RegistryImage"
	builderType       = "docker:index/buildxBuilder:BuildxBuilder"
)

// Provider serves the plugin protocol. Make one with New.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	mu     sync.Mutex
	host   *host
	engine engine.Config

	// stopping ends when the user cancels; every build depends on it.
	stopping context.Context
	stop     context.CancelFunc
}

// New makes a provider that reports to the Pulumi engine at address. An empty
// address is allowed when Attach follows.
func New(address string) (*Provider, error) {
	p := &Provider{}
	p.stopping, p.stop = context.WithCancel(context.Background())
	if address == "" {
		return p, nil
	}
	return p, p.attach(address)
}

func (p *Provider) attach(address string) error {
	h, err := dialHost(address)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host = h
	return nil
}

// Attach connects a plugin that was started by hand, for debugging.
func (p *Provider) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, p.attach(req.GetAddress())
}

// Cancel stops all builds and pushes under way; each then fails on its own.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.Stop()
	return &emptypb.Empty{}, nil
}

// Stop is Cancel for the process itself.
func (p *Provider) Stop() { p.stop() }

// GetPluginInfo names the version that programs ask for.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema describes the types well enough to be listed; programs have the
// full schema in their SDK.
func (p *Provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{
		Schema: `{"name":"docker","version":"` + Version + `","resources":{"` + imageType + `":{},"` + registryImageType + `":{},"` + builderType + `":{}}}`,
	}, nil
}

// CheckConfig accepts every setting; those of other types have no effect here.
func (p *Provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig finds no difference: no setting of this plugin changes an image.
func (p *Provider) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure takes the settings of the Docker engine's address. Nothing is
// connected yet: a preview needs no engine.
func (p *Provider) Configure(_ context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	settings := req.GetVariables() //nolint:staticcheck // deprecated, and what the engine still sends flat
	p.mu.Lock()
	defer p.mu.Unlock()
	p.engine = engine.Config{
		Host:     settings["docker:config:host"],
		CertPath: settings["docker:config:certPath"],
		CA:       settings["docker:config:caMaterial"],
		Cert:     settings["docker:config:certMaterial"],
		Key:      settings["docker:config:keyMaterial"],
	}
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// connect opens the engine that Configure chose.
func (p *Provider) connect(ctx context.Context) (*engine.Engine, error) {
	p.mu.Lock()
	cfg := p.engine
	p.mu.Unlock()
	return engine.Connect(ctx, cfg)
}

// log reports on the resource urn to the user.
func (p *Provider) log(urn string) *log {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &log{host: p.host, urn: urn}
}

// cancellable is ctx that also ends with Cancel.
func (p *Provider) cancellable(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	unlink := context.AfterFunc(p.stopping, func() { cancel(errCancelled) })
	return ctx, func() { unlink(); cancel(nil) }
}

// wire is how property maps travel: secrets and unknown values stay themselves.
var wire = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true}
