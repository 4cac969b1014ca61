package source

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/docker/cli/cli/command/image/build"
	"github.com/tonistiigi/fsutil"
)

// Tar streams the context for the classic builder, which takes no other form,
// and names the Dockerfile inside the stream. Close the stream when done.
//
// Ignored build files travel along, since that builder reads them from the
// stream; it drops them again before the first step.
func (s *Source) Tar(ctx context.Context) (io.ReadCloser, string, error) {
	relative, err := s.Relative()
	if err != nil {
		return nil, "", err
	}
	patterns := build.TrimBuildFilesFromExcludes(slices.Clone(s.Excludes), relative, false)
	files, err := filtered(s.Context, patterns)
	if err != nil {
		return nil, "", err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(fsutil.WriteTar(ctx, files, writer)) }()
	if !outside(relative) && s.text == nil {
		return reader, relative, nil
	}
	dockerfile, err := s.openDockerfile()
	if err != nil {
		return nil, "", fmt.Errorf("open Dockerfile: %w", err)
	}
	stream, name, err := build.AddDockerfileToBuildContext(dockerfile, reader)
	if err != nil {
		return nil, "", fmt.Errorf("add the Dockerfile to the build context: %w", err)
	}
	return stream, name, nil
}
