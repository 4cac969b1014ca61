package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestServeAnswersOnThePortItPrints(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, []string{"--root", "/ignored"}, writer) }()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(line), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := pulumirpc.NewLanguageRuntimeClient(conn)
	if _, err := client.GetPluginInfo(t.Context(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	about, err := client.About(t.Context(), &pulumirpc.AboutRequest{})
	if err != nil || !strings.HasPrefix(about.GetVersion(), "go version ") {
		t.Errorf("got %v, %v, want the version of Go", about, err)
	}

	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("got error %v after the interrupt, want none", err)
		}
	case <-time.After(patience):
		t.Fatal("the host still serves after the interrupt")
	}
}

func TestOptionsAreCheckedTogether(t *testing.T) {
	_, err := parseOptions(map[string]any{"binary": 1, "buildTarget": true})
	if err == nil || !strings.Contains(err.Error(), "binary") || !strings.Contains(err.Error(), "buildTarget") {
		t.Errorf("got error %v, want one that names both options", err)
	}
	if _, err := parseOptions(map[string]any{"binary": "a", "buildTarget": "b"}); err == nil {
		t.Error("binary and buildTarget were accepted together")
	}
}
