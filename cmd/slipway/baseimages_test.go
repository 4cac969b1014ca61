package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestBaseImages(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	image := strings.TrimPrefix(server.URL, "http://") + "/python:3.13-slim"
	tag, err := name.NewTag(image)
	if err != nil {
		t.Fatal(err)
	}
	index, err := random.Index(64, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, index); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dockerfile := filepath.Join(dir, "Dockerfile")
	for file, text := range map[string]string{filepath.Join(dir, "Pulumi.yaml"): "name: a\n", dockerfile: "FROM " + image + "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := func() string {
		t.Helper()
		text, err := os.ReadFile(dockerfile)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	code, out, errs := slipway(t, "", "base-images", "--dir", dir, "--check")
	if code != 1 || !strings.Contains(out, "Dockerfile:1 "+image+": not pinned -> sha256:") || !strings.Contains(errs, "1 of 1 base images") || !strings.Contains(errs, "make base-images") {
		t.Errorf("check of what is stale: %d\n%s%s", code, out, errs)
	}
	if text() != "FROM "+image+"\n" {
		t.Error("--check changed the Dockerfile")
	}
	if code, out, errs := slipway(t, "", "base-images", "--dir", dir); code != 0 || !strings.Contains(out, "not pinned -> sha256:") || errs != "" {
		t.Errorf("update: %d\n%s%s", code, out, errs)
	}
	if hash, err := index.Digest(); err != nil || text() != "FROM "+image+"@"+hash.String()+"\n" {
		t.Errorf("got %q, %v", text(), err)
	}
	if code, out, errs := slipway(t, "", "base-images", "--dir", dir, "--check"); code != 0 || out != "base images pinned by the newest digests: 1\n" || errs != "" {
		t.Errorf("check of what is pinned: %d\n%s%s", code, out, errs)
	}
	server.Close()
	if code, _, errs := slipway(t, "", "base-images", "--dir", dir, "--check"); code != 1 || !strings.Contains(errs, "ask 127.0.0.1:") {
		t.Errorf("no registry: %d\n%s", code, errs)
	}
}
