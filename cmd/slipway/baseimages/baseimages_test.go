package baseimages_test

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gitlab.com/slipway/slipway/cmd/slipway/baseimages"
)

// hub is a registry on this machine.
func hub(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// push puts an image for three platforms under a tag and returns its index.
func push(t *testing.T, image string) v1.ImageIndex {
	t.Helper()
	index, err := random.Index(64, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, index); err != nil {
		t.Fatal(err)
	}
	return index
}

func digest(t *testing.T, of interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	hash, err := of.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

func project(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for file, text := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func update(t *testing.T, root string) ([]baseimages.Change, error) {
	t.Helper()
	references, err := baseimages.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	changes, failed := baseimages.Stale(t.Context(), references)
	if err := baseimages.Apply(root, changes); err != nil {
		t.Fatal(err)
	}
	return changes, failed
}

func TestFind(t *testing.T) {
	root := project(t, map[string]string{
		"app/Dockerfile": `# syntax=docker/dockerfile:1
ARG PYTHON="python:3.13-slim"
ARG VERSION=17
FROM ${PYTHON} AS base
FROM $PYTHON
FROM postgres:${VERSION}
FROM --platform=$BUILDPLATFORM golang:1@sha256:` + strings.Repeat("a", 64) + ` AS Build
RUN --mount=type=bind,from=busybox:1,target=/b \
    --mount=type=bind,from=base,target=/c true
FROM base
COPY --from=build /a /a
COPY --from=0 /a /a
COPY --from=uv:0.8 /uv /uv
FROM scratch
FROM build
`,
		"tool/Dockerfile.dev": "FROM debian\n", "tool/web.Dockerfile": "FROM nginx:1\n",
		"tool/Dockerfile.dockerignore": "FROM no:1", ".cache/Dockerfile": "FROM no:1", "a/testdata/Dockerfile": "FROM no:1", "sub/.gitlab-ci.yml": "image: no:1",
		".gitlab-ci.yml": `image: ruby:3
variables: {image: no:1}
default:
  image: {name: golang:1.26, entrypoint: [""]}
job:
  services:
    - postgres:17
    - name: docker:28-dind
      alias: docker
  script: [echo image]
own: {image: $CI_REGISTRY_IMAGE/own:1}
`,
	})
	found, err := baseimages.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found {
		got = append(got, fmt.Sprintf("%s:%d %s", r.File, r.Line, r.Text))
	}
	want := []string{
		".gitlab-ci.yml:1 ruby:3", ".gitlab-ci.yml:4 golang:1.26", ".gitlab-ci.yml:7 postgres:17", ".gitlab-ci.yml:8 docker:28-dind", ".gitlab-ci.yml:11 $CI_REGISTRY_IMAGE/own:1",
		"app/Dockerfile:1 docker/dockerfile:1", "app/Dockerfile:2 python:3.13-slim", "app/Dockerfile:6 postgres:${VERSION}", "app/Dockerfile:7 golang:1@sha256:" + strings.Repeat("a", 64),
		"app/Dockerfile:8 busybox:1", "app/Dockerfile:13 uv:0.8", "tool/Dockerfile.dev:1 debian", "tool/web.Dockerfile:1 nginx:1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFindNamesTheFileThatItCannotRead(t *testing.T) {
	for file, text := range map[string]string{"app/Dockerfile": "FROM\n", ".gitlab-ci.yml": "a: [\n"} {
		if _, err := baseimages.Find(project(t, map[string]string{file: text})); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v", file, err)
		}
	}
}

// The digest of one platform's manifest would build, on that platform alone.
func TestPinsAreOfTheIndex(t *testing.T) {
	at := hub(t)
	image := at + "/library/python:3.13-slim"
	index := push(t, image)
	root := project(t, map[string]string{"app/Dockerfile": "FROM " + image + " AS python\nCOPY . .\n"})
	changes, err := update(t, root)
	if err != nil || len(changes) != 1 {
		t.Fatalf("got %v, %v", changes, err)
	}
	if want := "app/Dockerfile:1 " + image + ": not pinned -> " + digest(t, index); changes[0].String() != want {
		t.Errorf("got  %s\nwant %s", changes[0], want)
	}
	text, err := os.ReadFile(filepath.Join(root, "app/Dockerfile"))
	if want := "FROM " + image + "@" + digest(t, index) + " AS python\nCOPY . .\n"; err != nil || string(text) != want {
		t.Errorf("got  %q, %v\nwant %q", text, err, want)
	}
}

func TestPinsFollowTheirTags(t *testing.T) {
	at := hub(t)
	files := map[string]string{
		"app/Dockerfile": "# An image of python:3, " + at + "/python:3-like\nARG BASE='" + at + "/python:3'\nFROM ${BASE}\nFROM ${BASE}\n" +
			"RUN --mount=type=cache,target=/c \\\n    --mount=type=bind,from=" + at + "/tool,target=/t true\n",
		".gitlab-ci.yml": "default:\n  image: \"" + at + "/python:3\"\njob:\n  services: [" + at + "/tool, {name: " + at + "/tool:latest, alias: x}, $OWN/tool:1]\n",
	}
	root := project(t, files)
	for round := range 3 {
		python, tool := digest(t, push(t, at+"/python:3")), digest(t, push(t, at+"/tool:latest"))
		if changes, err := update(t, root); err != nil || len(changes) != 5 {
			t.Fatalf("round %d: got %v, %v", round, changes, err)
		}
		for file, text := range files {
			want := strings.NewReplacer(at+"/python:3-like", at+"/python:3-like", at+"/python:3", at+"/python:3@"+python,
				at+"/tool:latest", at+"/tool:latest@"+tool, at+"/tool", at+"/tool:latest@"+tool).Replace(text)
			got, err := os.ReadFile(filepath.Join(root, file))
			if err != nil || string(got) != want {
				t.Errorf("round %d, %s: got\n%s, %v\nwant\n%s", round, file, got, err, want)
			}
			if info, err := os.Stat(filepath.Join(root, file)); err != nil || info.Mode() != 0o640 {
				t.Errorf("%s: mode %v, %v", file, info.Mode(), err)
			}
		}
		if changes, err := update(t, root); err != nil || len(changes) != 0 {
			t.Errorf("round %d, again: got %v, %v", round, changes, err)
		}
	}
}

// One image that can't be asked for keeps no other from being pinned.
func TestWhatCannotBePinnedIsNamed(t *testing.T) {
	at := hub(t)
	push(t, at+"/good:1")
	single, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(at + "/single:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, single); err != nil {
		t.Fatal(err)
	}
	root := project(t, map[string]string{"app/Dockerfile": strings.Join([]string{
		"FROM " + at + "/single:1", "FROM " + at + "/absent:1", "FROM " + at + "/tagless@sha256:" + strings.Repeat("b", 64), "FROM " + at + "/good:1", "",
	}, "\n")})
	changes, failed := update(t, root)
	if len(changes) != 1 || changes[0].Text != at+"/good:1" {
		t.Errorf("got %v", changes)
	}
	if failed == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"app/Dockerfile:1: " + at + "/single:1 is for one platform only", "app/Dockerfile:2: ask " + at + " for " + at + "/absent:1", "docker login",
		"app/Dockerfile:3: " + at + "/tagless@sha256:" + strings.Repeat("b", 64) + " has no tag",
	} {
		if !strings.Contains(failed.Error(), want) {
			t.Errorf("%q is not in\n%v", want, failed)
		}
	}
}

func TestEveryBaseImageOfThisProjectIsPinned(t *testing.T) {
	found, err := baseimages.Find("../../..")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, r := range found {
		files[r.File] = true
		if !r.Pinned() && !strings.Contains(r.Text, "$") {
			t.Errorf("%s:%d: %s is not pinned: make base-images", r.File, r.Line, r.Text)
		}
	}
	for _, file := range []string{"django-app/Dockerfile", "examples/container/app/Dockerfile", "tools/pipeline/jobs.Dockerfile", ".gitlab-ci.yml"} {
		if !files[file] {
			t.Errorf("no image is found in %s", file)
		}
	}
}
