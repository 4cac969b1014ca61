package service_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

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
		"base by digest":     {"Dockerfile": "FROM x@sha256:" + strings.Repeat("a", 64)},
		"base patched since": {"Dockerfile": "FROM x@sha256:" + strings.Repeat("b", 64)},
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
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "private": 0o600, "open": 0o666, "executable": 0o755} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		tag, err := service.ContentTag(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		tags[name] = tag
	}
	if tags["plain"] != tags["private"] || tags["plain"] != tags["open"] || tags["plain"] == tags["executable"] {
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

func TestContentTagPassesOverWhatIsIgnoredAndUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		runAsNobody(t)
		return
	}
	files := map[string]string{".dockerignore": "*\n!app\n", "Dockerfile": "FROM a", "app/main.py": "1", "pgdata/base/1": "x", "other": "y"}
	dir := buildContext(t, files)
	readable := tagOf(t, dir)
	for _, name := range []string{"pgdata", "other"} {
		closed := filepath.Join(dir, name)
		if err := os.Chmod(closed, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	}
	if got := tagOf(t, dir); got != readable {
		t.Error("the tag changed")
	}
	if err := os.Chmod(filepath.Join(dir, "app/main.py"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := service.ContentTag(dir, ""); err == nil || !strings.Contains(err.Error(), "main.py") {
		t.Errorf("what is not ignored and unreadable: got %v", err)
	}
}

// runAsNobody runs this very test as a user whom modes hold off.
func runAsNobody(t *testing.T) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "test")
	for dir := filepath.Dir(program); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-test.run", "^"+t.Name()+"$", "-test.v")
	command.Dir = filepath.Dir(program)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS") {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestContentTagHangsOnNoFile(t *testing.T) {
	for name, ignored := range map[string]string{"left in": "", "ignored": "pipe\nsocket\n"} {
		dir := buildContext(t, map[string]string{"Dockerfile": "FROM a", "Dockerfile.dockerignore": ignored})
		plain := tagOf(t, dir)
		for kind, make := range map[string]func(string) error{
			"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
			"socket": func(path string) error { return syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0) },
		} {
			if err := make(filepath.Join(dir, kind)); err != nil {
				t.Fatal(err)
			}
			got, err := service.ContentTag(dir, "")
			if ignored != "" && (err != nil || got != plain) {
				t.Errorf("%s %s: got %s, %v", name, kind, got, err)
			}
			if ignored == "" && (err == nil || !strings.Contains(err.Error(), "add it to .dockerignore")) {
				t.Errorf("%s %s: got %v", name, kind, err)
			}
		}
	}
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "Dockerfile"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := service.ContentTag(dir, ""); err == nil {
		t.Error("a Dockerfile that is a pipe: no error")
	}
}

func TestContentTagFollowsTheContextAndTheDockerfileAlone(t *testing.T) {
	outside := buildContext(t, map[string]string{"secret": "1"})
	dir := buildContext(t, map[string]string{"build/Dockerfile": "FROM a", "main.py": "1"})
	for link, target := range map[string]string{"Dockerfile": "build/Dockerfile", "out": filepath.Join(outside, "secret"), "loop": "loop", "gone": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	first := tagOf(t, dir)
	link := filepath.Join(t.TempDir(), "context")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if got := tagOf(t, link); got != first {
		t.Error("the context through a link has another tag")
	}
	rewrite := func(path, text string) string {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return tagOf(t, dir)
	}
	if got := rewrite(filepath.Join(outside, "secret"), "2"); got != first {
		t.Error("what a link out of the context leads to counts")
	}
	if got := rewrite(filepath.Join(dir, ".dockerignore"), "build\n.dockerignore\n"); got == first {
		t.Error("what is ignored counts")
	} else if rewrite(filepath.Join(dir, "build/Dockerfile"), "FROM b") == got {
		t.Error("the Dockerfile behind a link does not count where it is ignored")
	}
}

func TestTheDockerfilesOwnIgnoreFileGoesFirst(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM a", "Dockerfile.dockerignore": "a\n", ".dockerignore": "b\n", "a": "1", "b": "1"}
	first := tagOf(t, buildContext(t, files))
	files["a"] = "2"
	if tagOf(t, buildContext(t, files)) != first {
		t.Error("a is not ignored")
	}
	files["b"] = "2"
	if tagOf(t, buildContext(t, files)) == first {
		t.Error("b is ignored")
	}
}

// The tag changes by a new file exactly when the ignore file leaves it in.
func FuzzContentTagIsWhatTheIgnoreFileLeavesIn(f *testing.F) {
	for _, seed := range [][2]string{
		{"*\n!a", "x"}, {"a/*\n!a/b", "y.log"}, {"**/*.log\n!keep.log", "keep.log"}, {"# c\n\n/a\n!a/b/**", "z"}, {"?", "q"}, {"!x", "x"}, {"a/b/../c", "c"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, ignore, name string) {
		if name == "" || name == "." || name == ".." || len(name) > 100 || strings.ContainsAny(name, "/\x00") || strings.Contains(ignore, "\x00") {
			t.Skip()
		}
		patterns, err := ignorefile.ReadAll(strings.NewReader(ignore))
		if err != nil {
			t.Skip()
		}
		matcher, err := patternmatcher.New(patterns)
		if err != nil {
			t.Skip()
		}
		dir := buildContext(t, map[string]string{"Dockerfile": "FROM a", "Dockerfile.dockerignore": ignore, "a/b/c/file": "1", "d/file": "1"})
		for _, parent := range []string{"", "a", "a/b", "a/b/c", "d"} {
			relative := filepath.Join(parent, name)
			path := filepath.Join(dir, relative)
			if _, err := os.Lstat(path); err == nil {
				continue
			}
			before, err := service.ContentTag(dir, "")
			if err != nil {
				t.Skip() // a pattern that no path can be matched with
			}
			if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
				t.Skip() // a name that the file system does not take
			}
			ignored, err := matcher.MatchesOrParentMatches(relative)
			if err != nil {
				t.Skip()
			}
			if changed := tagOf(t, dir) != before; changed == ignored {
				t.Errorf("%q, new file %q: ignored %t, tag changed %t", ignore, relative, ignored, changed)
			}
		}
	})
}

func tagOf(t *testing.T, dir string) string {
	t.Helper()
	tag, err := service.ContentTag(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return tag
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
