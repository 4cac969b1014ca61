// Command build builds an image as the plugin does, without Pulumi: for tests
// and benchmarks on machines whose docker command lacks BuildKit.
//
//	go run ./cmd/build -tag recipe-api ../../django-app
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"gitlab.com/slipway/slipway/tools/docker/internal/engine"
	"gitlab.com/slipway/slipway/tools/docker/internal/provider"
	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

func main() {
	tag := flag.String("tag", "", "name of the image, required")
	target := flag.String("target", "", "stage to build; default: the last one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	id, err := build(ctx, *tag, *target, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
	fmt.Println(id)
}

// build returns the id of the image made from the only argument, a directory
// with a Dockerfile.
func build(ctx context.Context, tag, target string, arguments []string) (string, error) {
	if tag == "" || len(arguments) != 1 {
		return "", errors.New("usage: build -tag NAME [-target STAGE] DIRECTORY")
	}
	context, err := source.Open(arguments[0], filepath.Join(arguments[0], "Dockerfile"))
	if err != nil {
		return "", err
	}
	secrets, err := provider.BuildSecrets()
	if err != nil {
		return "", err
	}
	docker, err := engine.Connect(ctx, engine.Config{})
	if err != nil {
		return "", err
	}
	defer docker.Close()
	return docker.Build(ctx, engine.Build{Name: tag, Source: context, Target: target, Secrets: secrets}, progress{})
}

// progress writes to standard error: standard output is the image's id.
type progress struct{}

func (progress) Step(message string) { fmt.Fprintln(os.Stderr, message) }
func (progress) Output(line string)  { fmt.Fprintln(os.Stderr, line) }
func (progress) Warn(message string) { fmt.Fprintln(os.Stderr, "warning:", message) }
