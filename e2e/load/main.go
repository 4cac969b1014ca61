package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// progressInterval is the time between two lines about a run that goes on.
const progressInterval = 15 * time.Second

func run(args []string, marks io.Reader, out io.Writer) error {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	site, err := newSite(o)
	if err != nil {
		return err
	}
	users, err := prepare(ctx, site, o.users)
	if err != nil {
		return fmt.Errorf("prepare users: %w; see that %s answers and run it again", err, o.url)
	}
	log := newRecord(time.Now())
	fmt.Fprintf(out, "load: %s\n", o)

	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		defer end()
		for lines := bufio.NewScanner(marks); lines.Scan(); {
			log.mark(lines.Text())
		}
	}()
	var background sync.WaitGroup
	background.Go(func() { report(ctx, log, out) })
	attack(ctx, o, site, users, log)
	end()
	background.Wait()

	// What is read back is as good as any other answer, so an interrupted run checks it too.
	for _, user := range users {
		if err := readBack(context.WithoutCancel(ctx), site, user, log); err != nil {
			return fmt.Errorf("read back what was written: %w", err)
		}
	}
	s := log.summary()
	if err := save(o.out, log, s); err != nil {
		return err
	}
	fmt.Fprintln(out, s)
	return nil
}

// report says now and then how the run goes.
func report(ctx context.Context, log *record, out io.Writer) {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			fmt.Fprintln(out, log.summary())
		}
	}
}
