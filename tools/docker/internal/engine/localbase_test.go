package engine

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

// withImages is an engine that has these images, with their labels.
func withImages(t *testing.T, images map[string]string) *Engine {
	t.Helper()
	noEnvironment(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, image, _ := strings.Cut(r.URL.Path, "/images/")
		labels, has := images[strings.TrimSuffix(image, "/json")]
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("API-Version", MinAPI)
		case strings.HasPrefix(image, "broken"):
			w.WriteHeader(http.StatusInternalServerError)
		case !has:
			w.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprintf(w, `{"Id": "sha256:1", "Config": {"Labels": %s}}`, labels)
		}
	}))
	t.Cleanup(server.Close)
	e, err := Connect(t.Context(), Config{Host: "tcp://" + strings.TrimPrefix(server.URL, "http://")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func dockerfile(t *testing.T, text string) *source.Source {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644))
	src, err := source.Open(dir, filepath.Join(dir, "Dockerfile"))
	require.NoError(t, err)
	return src
}

// A base image that was built here has no digest that a registry knows: a build that
// asked for it would need the registry that can't be reached.
func TestLocalBaseStandsInForAPinnedImage(t *testing.T) {
	e := withImages(t, map[string]string{"python:3.13-slim": `{"slipway.base": "python"}`, "127.0.0.1:5000/own:1": `{"slipway.base": "own"}`, "node:24": `{}`, "bare:1": "null"})
	digest := "@sha256:" + strings.Repeat("0a", 32)
	src := dockerfile(t, "# python:3.13-slim"+digest+"\nFROM python:3.13-slim"+digest+" AS base\nFROM node:24"+digest+"\nFROM absent:1"+digest+"\nFROM bare:1"+digest+
		"\nCOPY --from=127.0.0.1:5000/own:1"+digest+" /a /a\nRUN echo sha256:"+strings.Repeat("0a", 32)+"\n")
	log := &record{}
	local, err := e.localBases(t.Context(), src, log)
	require.NoError(t, err)
	files, err := local.DockerfileFiles()
	require.NoError(t, err)
	file, err := files.Open("Dockerfile")
	require.NoError(t, err)
	defer file.Close()
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	assert.Equal(t, "# python:3.13-slim\nFROM python:3.13-slim AS base\nFROM node:24"+digest+"\nFROM absent:1"+digest+"\nFROM bare:1"+digest+
		"\nCOPY --from=127.0.0.1:5000/own:1 /a /a\nRUN echo sha256:"+strings.Repeat("0a", 32)+"\n", string(text))
	assert.Len(t, log.steps, 2)
}

func TestWithoutLocalBasesTheSourceStays(t *testing.T) {
	e := withImages(t, map[string]string{"node:24": `{}`})
	src := dockerfile(t, "FROM node:24@sha256:"+strings.Repeat("0a", 32))
	same, err := e.localBases(t.Context(), src, &record{})
	require.NoError(t, err)
	assert.Same(t, src, same)

	_, err = e.localBases(t.Context(), dockerfile(t, "FROM broken:1@sha256:"+strings.Repeat("0a", 32)), &record{})
	assert.ErrorContains(t, err, "look for base image broken:1")
}

func TestLabelIsWhatTheLocalAWSWrites(t *testing.T) {
	names, err := os.ReadFile("../../../../local/slipway_local/names.py")
	require.NoError(t, err)
	assert.Contains(t, string(names), "\nLABEL_BASE = \""+labelBase+"\"\n")
}
