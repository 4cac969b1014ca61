package main

import (
	"context"
	"os"
	"time"
)

// parentInterval is how often the host looks whether its engine is still there.
const parentInterval = time.Second

// watchParent cancels when the process that started the host has ended: a
// killed engine does not stop its hosts, and some commands of the CLI end
// without stopping theirs.
func watchParent(ctx context.Context, cancel context.CancelFunc) {
	watchProcess(ctx, cancel, os.Getppid)
}

func watchProcess(ctx context.Context, cancel context.CancelFunc, parent func() int) {
	first := parent()
	ticker := time.NewTicker(parentInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if parent() != first {
				cancel()
				return
			}
		}
	}
}
