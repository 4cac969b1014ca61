package mocktest

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/build"
)

// BuiltDigest is the digest of what a Builder builds.
const BuiltDigest = "sha256:abc"

// Builder stands for Docker: it remembers what it was asked for. Recordings have one
// of their own; a test that looks into it gives its program one by build.With.
type Builder struct {
	// Error is how builds end.
	Error error

	mu     sync.Mutex
	images []build.Image
}

// Build implements build.Builder.
func (b *Builder) Build(_ context.Context, image build.Image, log io.Writer) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.images = append(b.images, image)
	_, err := fmt.Fprintf(log, "step 1\nstep 2\n")
	if b.Error != nil {
		err = b.Error
	}
	return BuiltDigest, err
}

// Images are the images that were to be built.
func (b *Builder) Images() []build.Image {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.images
}

func withBuilder(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error { return program(build.With(ctx, &Builder{})) }
}
