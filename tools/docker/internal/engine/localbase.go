package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"

	cerrdefs "github.com/containerd/errdefs"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

// labelBase marks the base images that the local AWS builds from Debian packages
// where no registry can be reached (LABEL_BASE in local/slipway_local/names.py).
const labelBase = "slipway.base"

// pin is an image with a tag and a digest.
var pin = regexp.MustCompile(`([A-Za-z0-9][A-Za-z0-9._/:-]*)@sha256:[0-9a-f]{64}`)

// localBases returns the source with its pinned images named by tag alone where the
// engine has one of that name that was built here: no registry knows its digest.
// An image that was pulled stays pinned.
func (e *Engine) localBases(ctx context.Context, src *source.Source, progress Progress) (*source.Source, error) {
	text, err := os.ReadFile(src.Dockerfile)
	if err != nil {
		return nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	local := map[string]bool{}
	for _, found := range pin.FindAllSubmatch(text, -1) {
		image := string(found[1])
		if _, seen := local[image]; seen {
			continue
		}
		inspected, err := e.client.ImageInspect(ctx, image)
		if err != nil && !cerrdefs.IsNotFound(err) {
			return nil, fmt.Errorf("look for base image %s: %w", image, e.explain(err))
		}
		local[image] = err == nil && inspected.Config != nil && inspected.Config.Labels[labelBase] != ""
		if local[image] {
			progress.Step("base image " + image + ": the one built here, whatever its digest")
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(local)), true) {
		return src, nil
	}
	replaced := pin.ReplaceAllFunc(text, func(pinned []byte) []byte {
		if image := pin.FindSubmatch(pinned)[1]; local[string(image)] {
			return image
		}
		return pinned
	})
	return src.WithDockerfile(replaced), nil
}
