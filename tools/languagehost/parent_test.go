package main

import (
	"context"
	"sync/atomic"
	"testing"
)

func TestHostEndsWithItsParent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var looks atomic.Int32
	watchProcess(ctx, cancel, func() int {
		if looks.Add(1) < 3 {
			return 4711
		}
		return 1
	})
	if ctx.Err() == nil {
		t.Error("the host goes on without its parent")
	}
	if got := looks.Load(); got != 3 {
		t.Errorf("ended at look %d, want the first with another parent", got)
	}
}
