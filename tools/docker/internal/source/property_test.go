package source_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// file is all that a digest may depend on.
type file struct {
	Content    string
	Executable bool
}

// plant writes files with arbitrary times and the given umask.
func plant(t *rapid.T, parent string, files map[string]file, umask os.FileMode) string {
	dir, err := os.MkdirTemp(parent, "")
	require.NoError(t, err)
	for name, f := range files {
		path := filepath.Join(dir, name)
		mode := os.FileMode(0o666)
		if f.Executable {
			mode = 0o777
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(f.Content), 0o600))
		require.NoError(t, os.Chmod(path, mode&^umask))
		if os.Geteuid() == 0 { // anybody else owns files by a number other than 0 anyway
			require.NoError(t, os.Chown(path, 1234, 1234))
		}
		at := time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "mtime"), 0)
		require.NoError(t, os.Chtimes(path, at, at))
	}
	return dir
}

func someFiles() *rapid.Generator[map[string]file] {
	return rapid.Custom(func(t *rapid.T) map[string]file {
		files := rapid.MapOfN(
			rapid.StringMatching(`([a-c]{1,2}/){0,2}[d-f]{1,2}(\.log)?`),
			rapid.Custom(func(t *rapid.T) file {
				return file{rapid.StringN(0, 8, -1).Draw(t, "content"), rapid.Bool().Draw(t, "executable")}
			}), 0, 6).Draw(t, "files")
		files["Dockerfile"] = file{Content: "FROM scratch"}
		return files
	})
}

// Equal files mean equal digests, wherever and however they were checked out,
// and unequal files mean unequal digests.
func TestDigestIsAFunctionOfTheFiles(t *testing.T) {
	parent := t.TempDir()
	umasks := rapid.SampledFrom([]os.FileMode{0o022, 0o002, 0o077})
	rapid.Check(t, func(rt *rapid.T) {
		one := someFiles().Draw(rt, "one")
		two := maps.Clone(one)
		if rapid.Bool().Draw(rt, "another") {
			two = someFiles().Draw(rt, "two")
		}
		same := maps.Equal(one, two)
		first := digest(t, plant(rt, parent, one, umasks.Draw(rt, "umask")))
		second := digest(t, plant(rt, parent, two, umasks.Draw(rt, "umask")))
		if same != (first == second) {
			rt.Fatalf("files equal: %v, digests %s and %s", same, first, second)
		}
	})
}

// What the ignore file excludes has no influence.
func TestDigestIsIndependentOfIgnoredFiles(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		kept := someFiles().Draw(rt, "kept")
		maps.DeleteFunc(kept, func(name string, _ file) bool { return filepath.Ext(name) == ".log" })
		kept[".dockerignore"] = file{Content: "**/*.log"}
		all := maps.Clone(kept)
		for name, f := range someFiles().Draw(rt, "ignored") {
			if filepath.Ext(name) == ".log" && free(kept, name) {
				all[name] = f
			}
		}
		require.Equal(rt, digest(t, plant(rt, parent, kept, 0o022)), digest(t, plant(rt, parent, all, 0o022)))
	})
}

// free tells whether no file of files stands where name needs a directory.
func free(files map[string]file, name string) bool {
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		if _, taken := files[dir]; taken {
			return false
		}
	}
	return true
}

// Equal digests mean that the engine receives the same files.
func TestUploadIsAFunctionOfTheDigest(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		files := someFiles().Draw(rt, "files")
		upload := func(umask os.FileMode) map[string]file {
			dir := plant(rt, parent, files, umask)
			headers, contents, _ := entries(t, open(t, dir, filepath.Join(dir, "Dockerfile")))
			got := map[string]file{}
			for name, header := range headers {
				require.Zero(rt, header.Uid+header.Gid)
				require.Contains(rt, []int64{0o644, 0o755}, header.Mode)
				if !header.FileInfo().IsDir() {
					got[name] = file{contents[name], header.Mode == 0o755}
				}
			}
			return got
		}
		require.Equal(rt, files, upload(0o022))
		require.Equal(rt, files, upload(0o077))
	})
}
