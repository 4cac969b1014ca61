package source_test

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tonistiigi/fsutil"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

// tree writes files, by path and content, below a new directory.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t testing.TB, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func open(t testing.TB, context, dockerfile string) *source.Source {
	t.Helper()
	s, err := source.Open(context, dockerfile)
	require.NoError(t, err)
	return s
}

func digest(t testing.TB, dir string) string {
	t.Helper()
	d, err := open(t, dir, filepath.Join(dir, "Dockerfile")).Digest(t.Context())
	require.NoError(t, err)
	return d
}

// entries lists what the classic builder receives.
func entries(t testing.TB, s *source.Source) (map[string]*tar.Header, map[string]string, string) {
	t.Helper()
	stream, dockerfile, err := s.Tar(t.Context())
	require.NoError(t, err)
	defer stream.Close()
	headers, contents := map[string]*tar.Header{}, map[string]string{}
	for archive := tar.NewReader(stream); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return headers, contents, dockerfile
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		headers[header.Name], contents[header.Name] = header, string(content)
	}
}

// The formula of pulumi-docker v4, written out for a tree without links.
func TestDigestEqualsThatOfPulumiDocker(t *testing.T) {
	dir := tree(t, map[string]string{"Dockerfile": "FROM scratch\n", "a/b.txt": "b", "run.sh": "#!"})
	require.NoError(t, os.Chmod(filepath.Join(dir, "run.sh"), 0o755))

	var records strings.Builder
	record := func(path, mode, content string) {
		sum := sha256.Sum256([]byte(content))
		records.WriteString(path + mode + string(sum[:]) + "\x00")
	}
	record("Dockerfile", "----------", "FROM scratch\n")
	record("Dockerfile", "-rw-r--r--", "FROM scratch\n")
	record("a/b.txt", "-rw-r--r--", "b")
	record("run.sh", "-rwxr-xr-x", "#!")
	want := sha256.Sum256([]byte(records.String()))
	assert.Equal(t, hex.EncodeToString(want[:]), digest(t, dir))
}

func TestDigestIgnoresWhatGitDoesNotRecord(t *testing.T) {
	dir := tree(t, map[string]string{"Dockerfile": "FROM scratch", "app.py": "x", ".dockerignore": "*.log", "old.log": "1"})
	before := digest(t, dir)

	past := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "app.py"), past, past))
	require.NoError(t, os.Chmod(filepath.Join(dir, "app.py"), 0o600))
	require.NoError(t, os.Chmod(filepath.Join(dir, "Dockerfile"), 0o664))
	write(t, filepath.Join(dir, "old.log"), "2")
	write(t, filepath.Join(dir, "new.log"), "3")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "empty"), 0o700))
	assert.Equal(t, before, digest(t, dir))
}

func TestDigestSeesEveryChange(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"content":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "a.py"), []byte("2"), 0o644) },
		"new file":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.py"), nil, 0o644) },
		"removal":    func(dir string) error { return os.Remove(filepath.Join(dir, "a.py")) },
		"rename":     func(dir string) error { return os.Rename(filepath.Join(dir, "a.py"), filepath.Join(dir, "d.py")) },
		"executable": func(dir string) error { return os.Chmod(filepath.Join(dir, "a.py"), 0o755) },
		"Dockerfile": func(dir string) error { return os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM b"), 0o644) },
		"ignore file": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte("a.py"), 0o644)
		},
		"link target": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "link")), os.Symlink("b.py", filepath.Join(dir, "link")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"Dockerfile": "FROM a", "a.py": "1", "b.py": "1"})
			require.NoError(t, os.Symlink("a.py", filepath.Join(dir, "link")))
			before := digest(t, dir)
			require.NoError(t, change(dir))
			assert.NotEqual(t, before, digest(t, dir))
		})
	}
}

func TestDigestFollowsAnIgnoredAndAnOutsideDockerfile(t *testing.T) {
	dir := tree(t, map[string]string{"app/.dockerignore": "Dockerfile", "app/Dockerfile": "FROM a", "Other": "FROM a"})
	for _, name := range []string{"app/Dockerfile", "Other"} {
		path := filepath.Join(dir, name)
		before, err := open(t, filepath.Join(dir, "app"), path).Digest(t.Context())
		require.NoError(t, err)
		write(t, path, "FROM b")
		after, err := open(t, filepath.Join(dir, "app"), path).Digest(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, before, after, name)
	}
}

func TestDigestKeepsADanglingLink(t *testing.T) {
	dir := tree(t, map[string]string{"Dockerfile": "FROM a"})
	require.NoError(t, os.Symlink("/nowhere", filepath.Join(dir, "link")))
	digest(t, dir)
	headers, _, _ := entries(t, open(t, dir, filepath.Join(dir, "Dockerfile")))
	assert.Equal(t, "/nowhere", headers["link"].Linkname)
}

func TestDigestRefusesAPipe(t *testing.T) {
	dir := tree(t, map[string]string{"Dockerfile": "FROM a"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	_, err := open(t, dir, filepath.Join(dir, "Dockerfile")).Digest(t.Context())
	require.ErrorIs(t, err, source.ErrIrregular)
	assert.ErrorContains(t, err, "pipe: ")
	write(t, filepath.Join(dir, ".dockerignore"), "pipe")
	digest(t, dir)
}

func TestIgnoreFileOfTheDockerfileGoesFirst(t *testing.T) {
	dir := tree(t, map[string]string{
		"Dockerfile": "FROM a", "prod.Dockerfile": "FROM a", "a": "", "b": "",
		".dockerignore": "a", "prod.Dockerfile.dockerignore": "b",
	})
	_, contents, _ := entries(t, open(t, dir, filepath.Join(dir, "Dockerfile")))
	assert.NotContains(t, contents, "a")
	assert.Contains(t, contents, "b")
	_, contents, _ = entries(t, open(t, dir, filepath.Join(dir, "prod.Dockerfile")))
	assert.Contains(t, contents, "a")
	assert.NotContains(t, contents, "b")
}

func TestIgnorePatterns(t *testing.T) {
	for ignore, want := range map[string][]string{
		"":                         {"a.log", "keep.log", "src/a.log", "src/a.py", "src/sub/b.py"},
		"# nothing\n\n":            {"a.log", "keep.log", "src/a.log", "src/a.py", "src/sub/b.py"},
		"*.log":                    {"src/a.log", "src/a.py", "src/sub/b.py"},
		"**/*.log":                 {"src/a.py", "src/sub/b.py"},
		"**/*.log\n!keep.log":      {"keep.log", "src/a.py", "src/sub/b.py"},
		"src":                      {"a.log", "keep.log"},
		"/src/sub/":                {"a.log", "keep.log", "src/a.log", "src/a.py"},
		"*\n!src/sub":              {"src/sub/b.py"},
		"*\n!src/**/*.py":          {"src/a.py", "src/sub/b.py"},
		"  src/a.?og \nkeep.log\n": {"a.log", "src/a.py", "src/sub/b.py"},
	} {
		files := map[string]string{
			".dockerignore": ignore, "Dockerfile": "FROM a",
			"a.log": "", "keep.log": "", "src/a.log": "", "src/a.py": "", "src/sub/b.py": "",
		}
		dir := tree(t, files)
		_, contents, _ := entries(t, open(t, dir, filepath.Join(dir, "Dockerfile")))
		var got []string
		for name := range contents {
			if !strings.HasSuffix(name, "/") && name != ".dockerignore" && name != "Dockerfile" {
				got = append(got, name)
			}
		}
		assert.ElementsMatch(t, want, got, "%q", ignore)
	}
}

func TestTarHasTheDockerfileWhereverItIs(t *testing.T) {
	dir := tree(t, map[string]string{
		"app/.dockerignore": "*\n!main.py", "app/build/Dockerfile": "FROM in", "app/main.py": "", "Outside": "FROM out",
	})
	app := filepath.Join(dir, "app")
	_, contents, name := entries(t, open(t, app, filepath.Join(app, "build", "Dockerfile")))
	assert.Equal(t, "build/Dockerfile", name)
	assert.Equal(t, "FROM in", contents[name])

	_, contents, name = entries(t, open(t, app, filepath.Join(dir, "Outside")))
	assert.Equal(t, "FROM out", contents[name])
	assert.Contains(t, contents[".dockerignore"], name, "COPY must not see it")
}

func TestOpenExplainsWhatIsMissing(t *testing.T) {
	t.Chdir(tree(t, map[string]string{"app/Dockerfile": "FROM a", "file": "", "bad/Dockerfile": "", "bad/.dockerignore": "[a"}))
	for want, paths := range map[string][2]string{
		"build.context must be a directory":                     {"nowhere", "app/Dockerfile"},
		"file is not a directory":                               {"file", "app/Dockerfile"},
		"Try setting `dockerfile` to \"app/Dockerfile\"":        {"app", "Dockerfile"},
		"build.dockerfile is relative to the project":           {"app", "app/Nothing"},
		"open Dockerfile: app is a directory":                   {"app", "app"},
		"apply the ignore file of bad: invalid excludepatterns": {"bad", "bad/Dockerfile"},
	} {
		_, err := source.Open(paths[0], paths[1])
		assert.ErrorContains(t, err, want)
	}
}

func TestAnotherDockerfileIsBuiltInItsPlace(t *testing.T) {
	dir := tree(t, map[string]string{"Dockerfile": "FROM a@sha256:1", "Dockerfile.dockerignore": "Dockerfile*\nsecret", "apps/main.py": "1", "secret": "s"})
	written := open(t, dir, filepath.Join(dir, "Dockerfile"))
	other := written.WithDockerfile([]byte("FROM a"))

	files, err := other.DockerfileFiles()
	require.NoError(t, err)
	// A session sends what the builder asks for, and passes over whole directories.
	files, err = fsutil.NewFilterFS(files, &fsutil.FilterOpt{IncludePatterns: []string{"Dockerfile", "Dockerfile.dockerignore"}})
	require.NoError(t, err)
	sizes := map[string]int64{}
	require.NoError(t, files.Walk(t.Context(), "", func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		sizes[path] = info.Size()
		return nil
	}))
	assert.Equal(t, map[string]int64{"Dockerfile": int64(len("FROM a")), "Dockerfile.dockerignore": int64(len("Dockerfile*\nsecret"))}, sizes)
	file, err := files.Open("Dockerfile")
	require.NoError(t, err)
	defer file.Close()
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	assert.Equal(t, "FROM a", string(text))

	_, contents, dockerfile := entries(t, other)
	assert.Equal(t, "FROM a", contents[dockerfile])
	assert.NotContains(t, contents, "secret")

	before, err := written.Digest(t.Context())
	require.NoError(t, err)
	after, err := other.Digest(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, before, after, "the engine keeps what it was sent under the digest")
	assert.Equal(t, before, digest(t, dir), "the source itself stays as it was")
}
