package main

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

const (
	// engineInterval is how often the host looks whether its engine still listens.
	engineInterval = time.Second
	// engineMisses is how many refusals in a row mean that it is gone.
	engineMisses = 3
)

// watchEngine cancels when nothing listens at the engine's address any more: a
// killed engine does not stop its hosts, and some commands of the CLI end
// without stopping theirs.
func watchEngine(ctx context.Context, cancel context.CancelFunc, address string, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for misses := 0; misses < engineMisses; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		connection, err := net.DialTimeout("tcp", address, interval)
		switch {
		case err == nil:
			connection.Close()
			misses = 0
		case errors.Is(err, syscall.ECONNREFUSED):
			misses++
		}
	}
	cancel()
}
