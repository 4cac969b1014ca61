package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// reportEvery is the time between two signs of life of a long build.
const reportEvery = 15 * time.Second

// progress collects the output of a go command and counts its downloads.
type progress struct {
	mu        sync.Mutex
	output    strings.Builder
	downloads int
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downloads += strings.Count(string(b), "go: downloading ")
	return p.output.Write(b)
}

func (p *progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// report prints a line now and then until the returned function is called.
func (p *progress) report(out io.Writer, name string) (stop func()) {
	started := time.Now()
	ticker := time.NewTicker(reportEvery)
	done := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				p.mu.Lock()
				downloads := p.downloads
				p.mu.Unlock()
				fmt.Fprintf(out, "%-24s building, %3.0f s so far (%d modules downloaded)\n", name, time.Since(started).Seconds(), downloads)
			}
		}
	})
	return func() {
		ticker.Stop()
		close(done)
		finished.Wait()
	}
}
