package engine

import (
	"context"
	"fmt"
	"net"

	"github.com/containerd/platforms"
	controlapi "github.com/moby/buildkit/api/services/control"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Platform decides for which platform to build when wanted is asked for: for
// wanted where the engine can run it, natively or by an emulator that the
// kernel knows (binfmt_misc), else for the engine's own, in which case the
// second result tells the user so.
func (e *Engine) Platform(ctx context.Context, wanted string) (string, string, error) {
	want, err := platforms.Parse(wanted)
	if err != nil {
		return "", "", fmt.Errorf("parse platform %q: %w; write os/arch, such as linux/arm64", wanted, err)
	}
	able, err := e.platforms(ctx)
	if err != nil {
		return "", "", err
	}
	return choose(wanted, want, able)
}

func choose(wanted string, want ocispec.Platform, able []ocispec.Platform) (string, string, error) {
	for _, p := range able {
		if platforms.OnlyStrict(p).Match(platforms.Normalize(want)) {
			return wanted, "", nil
		}
	}
	native := able[0]
	if native.OS != want.OS {
		return "", "", fmt.Errorf("the Docker engine builds for %s, not for %s: choose a %s platform or another engine",
			native.OS, wanted, native.OS)
	}
	chosen := platforms.Format(native)
	return chosen, fmt.Sprintf("this Docker engine can't run %s: building for %s instead. "+
		"Fine for a local run; to build for %s, install emulators (Debian: apt-get install qemu-user-static binfmt-support).",
		wanted, chosen, wanted), nil
}

// platforms lists what the engine can run, its own platform first.
func (e *Engine) platforms(ctx context.Context) ([]ocispec.Platform, error) {
	conn, err := grpc.NewClient("passthrough:///engine",
		grpc.WithTransportCredentials(insecure.NewCredentials()), // the client below brings its own TLS
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return e.client.DialHijack(ctx, "/grpc", "h2c", nil)
		}))
	if err != nil {
		return nil, fmt.Errorf("ask the Docker engine for its platforms: %w", err)
	}
	defer conn.Close()
	workers, err := controlapi.NewControlClient(conn).ListWorkers(ctx, &controlapi.ListWorkersRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask the Docker engine for its platforms: %w", err)
	}
	var able []ocispec.Platform
	for _, worker := range workers.Record {
		for _, p := range worker.Platforms {
			able = append(able, platforms.Normalize(ocispec.Platform{
				OS: p.OS, Architecture: p.Architecture, Variant: p.Variant,
			}))
		}
	}
	if len(able) == 0 {
		return nil, fmt.Errorf("the Docker engine names no platform that it builds for; restart it and try again")
	}
	return able, nil
}

// ImagePlatform is the os/arch of a local image.
func (e *Engine) ImagePlatform(ctx context.Context, image string) (string, error) {
	found, err := e.client.ImageInspect(ctx, image)
	if err != nil {
		return "", fmt.Errorf("inspect image %s: %w", image, err)
	}
	return platforms.Format(platforms.Normalize(ocispec.Platform{
		OS: found.Os, Architecture: found.Architecture, Variant: found.Variant,
	})), nil
}
