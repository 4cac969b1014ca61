package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

// A proxy between here and the engine may hide that the connection broke, so
// the engine must be told by a request of its own.
func TestCancelTellsTheEngine(t *testing.T) {
	noEnvironment(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	building, cancelled := make(chan string, 1), make(chan string, 1)
	behindProxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("API-Version", MinAPI)
		case strings.HasSuffix(r.URL.Path, "/build"):
			_, _ = io.Copy(io.Discard, r.Body)
			building <- r.URL.Query().Get("buildid")
			cancel(errors.New("enough"))
			<-r.Context().Done()
		case strings.HasSuffix(r.URL.Path, "/build/cancel"):
			cancelled <- r.URL.Query().Get("id")
		}
	}))
	t.Cleanup(behindProxy.Close)

	dir := t.TempDir()
	dockerfile := filepath.Join(dir, "Dockerfile")
	require.NoError(t, os.WriteFile(dockerfile, []byte("FROM scratch"), 0o644))
	src, err := source.Open(dir, dockerfile)
	require.NoError(t, err)
	e, err := Connect(t.Context(), Config{Host: "tcp://" + strings.TrimPrefix(behindProxy.URL, "http://")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = e.Close() })

	_, err = e.Build(ctx, Build{Name: "a", Source: src, Classic: true}, &record{})
	require.ErrorContains(t, err, "build image a: stopped: enough")
	select {
	case id := <-cancelled:
		assert.Equal(t, <-building, id)
	case <-time.After(30 * time.Second):
		t.Fatal("the engine was not told")
	}
}
