package main

import (
	"context"
	"net"
	"testing"
	"time"
)

func TestHostEndsWithItsEngine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		watchEngine(ctx, cancel, listener.Addr().String(), time.Millisecond)
		close(ended)
	}()
	// It has looked more often than it takes to give an absent engine up.
	for range 2 * engineMisses {
		connection, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		connection.Close()
	}
	if ctx.Err() != nil {
		t.Fatal("the host ended while its engine listens")
	}
	listener.Close()
	<-ended
	if ctx.Err() == nil {
		t.Error("the host goes on without its engine")
	}
}
