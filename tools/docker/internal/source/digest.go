package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/tonistiigi/fsutil/types"
)

// Digest identifies the content of the context and of the Dockerfile. It is
// the lower-case hex SHA-256 that pulumi-docker v4 computes, with three
// differences: permissions are normalised (see the package), a symbolic link
// counts by its target as written rather than as resolved on this machine, and
// a pipe, socket or device is an error. For an ordinary checkout without links
// both digests are equal, so changing plugins rebuilds nothing.
func (s *Source) Digest(ctx context.Context) (string, error) {
	sum := sha256.New()
	// The Dockerfile counts under one fixed name: it may lie outside the
	// context, or be ignored, and its own name does not matter to a build.
	content, err := fileSum(func(string) (io.ReadCloser, error) { return s.openDockerfile() }, s.Dockerfile)
	if err != nil {
		return "", fmt.Errorf("hash Dockerfile: %w", err)
	}
	record(sum, "Dockerfile", 0, content)

	err = s.files.Walk(ctx, "", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := s.contentSum(path, info)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		record(sum, filepath.ToSlash(path), info.Mode(), content)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("hash build context %s: %w", s.Context, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (s *Source) contentSum(path string, info fs.FileInfo) ([]byte, error) {
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		stat, ok := info.Sys().(*types.Stat)
		if !ok {
			return nil, fmt.Errorf("unexpected file information %T", info.Sys())
		}
		return readerSum(strings.NewReader(filepath.ToSlash(stat.Linkname)))
	case !info.Mode().IsRegular():
		return nil, ErrIrregular
	default:
		return fileSum(s.files.Open, path)
	}
}

func record(sum io.Writer, path string, mode fs.FileMode, content []byte) {
	fmt.Fprintf(sum, "%s%s%s\x00", path, mode, content)
}

func fileSum[F io.ReadCloser](open func(string) (F, error), path string) ([]byte, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readerSum(file)
}

func readerSum(r io.Reader) ([]byte, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}
