package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
)

func TestContentTag(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM scratch", ".dockerignore": "cache\n*.log\n!keep.log\n", "app/main.py": "1", "keep.log": "k"}
	tag := func(change map[string]string) string {
		merged := map[string]string{}
		for name, text := range files {
			merged[name] = text
		}
		for name, text := range change {
			merged[name] = text
		}
		got, err := service.ContentTag(buildContext(t, merged), "linux/arm64")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := tag(nil)
	for name, change := range map[string]map[string]string{
		"ignored file": {"debug.log": "x"}, "ignored directory": {"cache/a/b": "x"}, "nothing": {},
	} {
		if got := tag(change); got != first {
			t.Errorf("%s: the tag changed", name)
		}
	}
	seen := map[string]string{first: "original"}
	for name, change := range map[string]map[string]string{
		"content": {"app/main.py": "2"}, "new file": {"app/new.py": ""}, "excepted file": {"keep.log": "K"},
		"moved text": {"app/main.py": "", "app/main.pz": "1"}, "Dockerfile": {"Dockerfile": "FROM x"},
	} {
		got := tag(change)
		if other, same := seen[got]; same {
			t.Errorf("%s: same tag as %s", name, other)
		}
		seen[got] = name
	}
	other, err := service.ContentTag(buildContext(t, files), "linux/amd64")
	if err != nil || other == first {
		t.Errorf("another platform: got %s, %v", other, err)
	}
}

// The builder reads the Dockerfile even where .dockerignore leaves it out: with the
// tag of another image the push would be refused, since tags are immutable.
func TestContentTagSeesAnIgnoredDockerfile(t *testing.T) {
	tags := map[string]bool{}
	for _, text := range []string{"FROM a", "FROM b"} {
		tag, err := service.ContentTag(buildContext(t, map[string]string{"Dockerfile": text, ".dockerignore": "*\n!app\n", "app/main.py": "1"}), "")
		if err != nil {
			t.Fatal(err)
		}
		tags[tag] = true
	}
	if len(tags) != 2 {
		t.Error("another Dockerfile has the same tag")
	}
}

func TestContentTagSeesExecutableBitsButNoTimes(t *testing.T) {
	dir := buildContext(t, map[string]string{"run.sh": "#!/bin/sh"})
	file := filepath.Join(dir, "run.sh")
	tags := map[string]string{}
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "private": 0o600, "executable": 0o755} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		tag, err := service.ContentTag(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		tags[name] = tag
	}
	if tags["plain"] != tags["private"] || tags["plain"] == tags["executable"] {
		t.Errorf("got %v", tags)
	}
}

func TestContentTagNamesTheFileThatCannotBeRead(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"bad pattern in .dockerignore": {".dockerignore": "[a-", "a.py": ""},
		"no directory":                 nil,
	} {
		dir := filepath.Join(t.TempDir(), "missing")
		if files != nil {
			dir = buildContext(t, files)
		}
		_, err := service.ContentTag(dir, "linux/arm64")
		if err == nil || !strings.Contains(err.Error(), "read ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestContentTagSeesWhereLinksPoint(t *testing.T) {
	tags := map[string]bool{}
	for _, target := range []string{"a", "b"} {
		dir := buildContext(t, map[string]string{"a": "1", "b": "1"})
		if err := os.Symlink(target, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		tag, err := service.ContentTag(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		tags[tag] = true
	}
	if len(tags) != 2 {
		t.Error("a link to another file has the same tag")
	}
}

func buildContext(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
