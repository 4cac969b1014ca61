// Command noimages stands in for the docker plugin where a run is about AWS's
// API only: every image is there at once, nothing is built or pushed. It prints
// the port that PULUMI_DEBUG_PROVIDERS=docker:PORT names, and ends with its input.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

func main() {
	done := make(chan bool)
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: done,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, provider{})
			return nil
		},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "noimages: listen for the Pulumi engine:", err)
		os.Exit(1)
	}
	fmt.Println(server.Port)
	_, _ = io.Copy(io.Discard, os.Stdin)
	close(done)
	<-server.Done
}

// provider gives back what it is told, and the digests that the program reads.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer
}

func (provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "4.999.0"}, nil
}

func (provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (provider) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (provider) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, AcceptResources: true}, nil
}

func (provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (provider) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	return &pulumirpc.InvokeResponse{Return: found(req.GetArgs())}, nil
}

func (provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	if proto.Equal(req.GetOldInputs(), req.GetNews()) {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}, nil
}

func (provider) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	return &pulumirpc.CreateResponse{Id: digest(req.GetProperties()), Properties: found(req.GetProperties())}, nil
}

func (provider) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	return &pulumirpc.UpdateResponse{Properties: found(req.GetNews())}, nil
}

func (provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: req.GetProperties(), Inputs: req.GetInputs()}, nil
}

func (provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// found is what was asked for, with every digest that the docker types have.
func found(asked *structpb.Struct) *structpb.Struct {
	result := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for name, value := range asked.GetFields() {
		result.Fields[name] = value
	}
	id := digest(asked)
	name := asked.GetFields()["name"].GetStringValue()
	if image := asked.GetFields()["imageName"].GetStringValue(); image != "" {
		name = image
	}
	for field, value := range map[string]string{
		"imageId": id, "sha256Digest": id, "repoDigest": name + "@" + id, "baseImageName": name,
	} {
		result.Fields[field] = structpb.NewStringValue(value)
	}
	return result
}

func digest(asked *structpb.Struct) string {
	text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(asked)
	return fmt.Sprintf("sha256:%x", sha256.Sum256(text))
}
