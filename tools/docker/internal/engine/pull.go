package engine

import (
	"context"
	"fmt"
	"io"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// pullCaches fetches the cache images first: the classic builder looks at local
// images only, and BuildKit forgets every other multi-stage cache without it
// (https://github.com/moby/buildkit/issues/2274). A cache is a help, not a
// need: an image that isn't there yet is usual on the first run.
func (e *Engine) pullCaches(ctx context.Context, b Build, progress Progress) {
	for _, name := range b.CacheFrom {
		progress.Step("pulling cache image " + name)
		if err := e.pull(ctx, name, b.Platform, b.Credentials); err != nil && !cerrdefs.IsNotFound(err) {
			progress.Warn(fmt.Sprintf("cannot pull cache image %s: %v; building without it", name, err))
		}
	}
}

func (e *Engine) pull(ctx context.Context, name, platform string, credentials Credentials) error {
	header, err := e.header(credentials, name)
	if err != nil {
		return err
	}
	stream, err := e.client.ImagePull(ctx, name, image.PullOptions{RegistryAuth: header, Platform: platform})
	if err != nil {
		return err
	}
	defer stream.Close()
	_, err = io.Copy(io.Discard, stream)
	return err
}
