package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// Source is a build context and its Dockerfile. Make one with Open.
type Source struct {
	// Context is the directory as the program named it.
	Context string
	// Dockerfile is the file as the program named it, not relative to Context.
	Dockerfile string
	// Excludes are the patterns of the ignore file, empty if there is none.
	Excludes []string

	files fsutil.FS
	// text is built in place of what stands in Dockerfile, see WithDockerfile.
	text []byte
}

// Open checks that both paths exist and reads the ignore file.
func Open(context, dockerfile string) (*Source, error) {
	info, err := os.Stat(context)
	if err != nil {
		return nil, fmt.Errorf("open build context: %w; build.context must be a directory relative to the project", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open build context: %s is not a directory", context)
	}
	if err := checkDockerfile(context, dockerfile); err != nil {
		return nil, err
	}
	excludes, err := excludes(context, dockerfile)
	if err != nil {
		return nil, err
	}
	s := &Source{Context: context, Dockerfile: dockerfile, Excludes: excludes}
	if s.files, err = filtered(context, excludes); err != nil {
		return nil, err
	}
	return s, nil
}

// WithDockerfile is the same source with another text of its Dockerfile.
func (s *Source) WithDockerfile(text []byte) *Source {
	other := *s
	other.text = text
	return &other
}

// openDockerfile reads the Dockerfile that is built.
func (s *Source) openDockerfile() (io.ReadCloser, error) {
	if s.text != nil {
		return io.NopCloser(bytes.NewReader(s.text)), nil
	}
	return os.Open(s.Dockerfile)
}

// checkDockerfile reports a missing Dockerfile and recognises the usual slip,
// a path relative to the context instead of the project.
func checkDockerfile(context, dockerfile string) error {
	info, err := os.Stat(dockerfile)
	if err == nil {
		if info.IsDir() {
			return fmt.Errorf("open Dockerfile: %s is a directory", dockerfile)
		}
		return nil
	}
	if inContext := filepath.Join(context, dockerfile); !filepath.IsAbs(dockerfile) {
		if _, second := os.Stat(inContext); second == nil {
			return fmt.Errorf("could not open dockerfile at relative path %q. Try setting `dockerfile` to %q",
				dockerfile, inContext)
		}
	}
	return fmt.Errorf("open Dockerfile: %w; build.dockerfile is relative to the project, not to build.context", err)
}

// Relative is the Dockerfile's path relative to the context, with slashes. It
// starts with "../" when the Dockerfile lies outside.
func (s *Source) Relative() (string, error) {
	context, err := filepath.Abs(s.Context)
	if err != nil {
		return "", fmt.Errorf("resolve build context: %w", err)
	}
	dockerfile, err := filepath.Abs(s.Dockerfile)
	if err != nil {
		return "", fmt.Errorf("resolve Dockerfile: %w", err)
	}
	relative, err := filepath.Rel(context, dockerfile)
	if err != nil {
		return "", fmt.Errorf("relate the Dockerfile to the build context: %w", err)
	}
	return filepath.ToSlash(relative), nil
}

func outside(relative string) bool { return strings.HasPrefix(relative, "../") }

// Files is the context without what the ignore file excludes.
func (s *Source) Files() fsutil.FS { return s.files }

// DockerfileFiles is the directory of the Dockerfile; the engine picks the
// Dockerfile out of it, so an ignored Dockerfile still builds.
func (s *Source) DockerfileFiles() (fsutil.FS, error) {
	files, err := filtered(filepath.Dir(s.Dockerfile), nil)
	if err != nil || s.text == nil {
		return files, err
	}
	name := filepath.Base(s.Dockerfile)
	files, err = fsutil.NewFilterFS(files, &fsutil.FilterOpt{Map: func(path string, stat *types.Stat) fsutil.MapResult {
		if path == name {
			stat.Size = int64(len(s.text))
		}
		return fsutil.MapResultKeep
	}})
	if err != nil {
		return nil, fmt.Errorf("replace the Dockerfile: %w", err)
	}
	return withFile{files, name, s.text}, nil
}

// withFile is a file system one of whose files has another content.
type withFile struct {
	fsutil.FS
	name    string
	content []byte
}

func (f withFile) Open(path string) (io.ReadCloser, error) {
	if path == f.name {
		return io.NopCloser(bytes.NewReader(f.content)), nil
	}
	return f.FS.Open(path)
}

func filtered(dir string, excludes []string) (fsutil.FS, error) {
	root, err := fsutil.NewFS(dir)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	files, err := fsutil.NewFilterFS(root, &fsutil.FilterOpt{ExcludePatterns: excludes, Map: normalise})
	if err != nil {
		return nil, fmt.Errorf("apply the ignore file of %s: %w", dir, err)
	}
	return files, nil
}

// normalise reduces a file's metadata to what a Git checkout determines.
func normalise(_ string, stat *types.Stat) fsutil.MapResult {
	stat.Uid, stat.Gid, stat.Xattrs = 0, 0, nil
	stat.Mode = uint32(normalMode(fs.FileMode(stat.Mode)))
	if fs.FileMode(stat.Mode).IsRegular() {
		stat.Linkname = "" // a hard link is sent as the file that it is
	}
	return fsutil.MapResultKeep
}

func normalMode(mode fs.FileMode) fs.FileMode {
	switch {
	case mode.Type() == fs.ModeSymlink:
		return fs.ModeSymlink | 0o777
	case mode.IsDir(), mode&0o111 != 0:
		return mode.Type() | 0o755
	default:
		return mode.Type() | 0o644
	}
}

// ErrIrregular marks a context with a device, socket or pipe in it.
var ErrIrregular = errors.New("neither a file, a directory nor a symbolic link; add it to .dockerignore")
