package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// keepUnused is how long the cache keeps what no run has used.
const keepUnused = 14 * 24 * time.Hour

// markUsed notes that a directory of the cache is in use.
func markUsed(dir string) {
	now := time.Now()
	// Only the age of the entry depends on it.
	_ = os.Chtimes(dir, now, now)
}

// prune removes what earlier sources of the tool left in the cache. The tool's
// lock must be held.
func (b *build) prune() error {
	entries, err := os.ReadDir(b.dir())
	if err != nil {
		return fmt.Errorf("look for old entries in the cache: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < keepUnused {
			continue
		}
		if err := os.RemoveAll(filepath.Join(b.dir(), e.Name())); err != nil {
			return fmt.Errorf("remove an old entry from the cache: %w", err)
		}
	}
	return nil
}
