package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"path/filepath"
	"time"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/client"
	"github.com/moby/buildkit/identity"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/filesync"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"golang.org/x/sync/errgroup"

	"gitlab.com/slipway/slipway/tools/docker/internal/source"
)

// Build describes one build.
type Build struct {
	// Name is the tag given to the image. Required.
	Name string
	// Source is the build context. Required.
	Source *source.Source
	// Classic selects the builder from before BuildKit.
	Classic bool
	// Target is the stage to build; default: the last one.
	Target string
	// Platform is os/arch[/variant]; default: the engine's own.
	Platform string
	// Args are build arguments; those of a proxy are added from the environment.
	Args map[string]string
	// CacheFrom names images whose layers may be reused.
	CacheFrom []string
	// Network is the mode of RUN steps: default, host or none.
	Network string
	// ExtraHosts are host:ip lines for RUN steps.
	ExtraHosts []string
	// Credentials are for the registry of Name, base images and CacheFrom.
	Credentials Credentials
	// Secrets are files offered to RUN steps by id; never part of the image.
	Secrets map[string]string
}

// cancelTimeout bounds the request that tells the engine to drop a build.
const cancelTimeout = 10 * time.Second

// Build builds the image and returns its id, sha256:<hex>. A cancelled ctx
// stops the build on the engine, too.
func (e *Engine) Build(ctx context.Context, b Build, progress Progress) (string, error) {
	args, warning := proxyArgs(b.Args, e.config, e.client.DaemonHost(), b.Network)
	if warning != "" {
		progress.Warn(warning)
	}
	ring, err := e.keyring(b.Credentials, b.Name)
	if err != nil {
		return "", err
	}
	if b.Source, err = e.localBases(ctx, b.Source, progress); err != nil {
		return "", err
	}
	e.pullCaches(ctx, b, progress)
	options := build.ImageBuildOptions{
		Tags:        []string{b.Name},
		BuildArgs:   args,
		CacheFrom:   b.CacheFrom,
		ExtraHosts:  b.ExtraHosts,
		NetworkMode: b.Network,
		Platform:    b.Platform,
		Target:      b.Target,
		Remove:      true,
		ForceRemove: true, // a failed step's container, too
		BuildID:     identity.NewID(),
		Version:     build.BuilderBuildKit,
	}
	var id string
	if b.Classic {
		options.Version = build.BuilderV1
		if options.AuthConfigs, err = all(ring); err != nil {
			return "", err
		}
		id, err = e.classic(ctx, b, options, progress)
	} else {
		attachables, attachErr := attachables(b, ring)
		if attachErr != nil {
			return "", attachErr
		}
		id, err = e.buildkit(ctx, b, options, attachables, progress)
	}
	if err != nil {
		return "", fmt.Errorf("build image %s: %w", b.Name, err)
	}
	return id, nil
}

func (e *Engine) classic(ctx context.Context, b Build, options build.ImageBuildOptions, progress Progress) (string, error) {
	stream, dockerfile, err := b.Source.Tar(ctx)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	options.Dockerfile = dockerfile
	return e.run(ctx, stream, options, progress)
}

func (e *Engine) buildkit(ctx context.Context, b Build, options build.ImageBuildOptions,
	attachables []session.Attachable, progress Progress,
) (string, error) {
	key, err := b.Source.Digest(ctx)
	if err != nil {
		return "", err
	}
	// The engine keeps an uploaded context under this key and compares sizes
	// and times only. Keyed by content, it can't mistake one file for another.
	s, err := session.NewSession(ctx, key)
	if err != nil {
		return "", fmt.Errorf("start build session: %w", err)
	}
	for _, a := range attachables {
		s.Allow(a)
	}
	options.RemoteContext = "client-session"
	options.SessionID = s.ID()
	options.Dockerfile = filepath.Base(b.Source.Dockerfile)

	var id string
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := s.Run(ctx, func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return e.client.DialHijack(ctx, "/session", proto, meta)
		})
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("build session: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		defer s.Close()
		var err error
		id, err = e.run(ctx, nil, options, progress)
		return err
	})
	return id, group.Wait()
}

func attachables(b Build, ring *configfile.ConfigFile) ([]session.Attachable, error) {
	dockerfile, err := b.Source.DockerfileFiles()
	if err != nil {
		return nil, err
	}
	files := filesync.NewFSSyncProvider(filesync.StaticDirSource{
		"context":    b.Source.Files(),
		"dockerfile": dockerfile,
	})
	var sources []secretsprovider.Source
	for id, path := range b.Secrets {
		sources = append(sources, secretsprovider.Source{ID: id, FilePath: path})
	}
	secrets, err := secretsprovider.NewStore(sources)
	if err != nil {
		return nil, fmt.Errorf("offer build secrets: %w; name a smaller file", err)
	}
	return []session.Attachable{
		files,
		authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{ConfigFile: ring}),
		secretsprovider.NewSecretProvider(secrets),
	}, nil
}

// run sends the build and follows it to its end.
func (e *Engine) run(ctx context.Context, body io.Reader, options build.ImageBuildOptions, progress Progress) (string, error) {
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
		defer cancel()
		_ = e.client.BuildCancel(ctx, options.BuildID) // the closed connection stops the classic builder
	})
	defer stop()
	response, err := e.client.ImageBuild(ctx, body, options)
	if err != nil {
		return "", stopped(ctx, e.explain(err))
	}
	defer response.Body.Close()
	id, err := follow(response.Body, progress)
	return id, stopped(ctx, err)
}

// stopped replaces the error of a broken connection by the reason why this
// side broke it.
func stopped(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return fmt.Errorf("stopped: %w", cause)
	}
	return err
}

// explain adds advice to an engine that went away between two requests.
func (e *Engine) explain(err error) error {
	if client.IsErrConnectionFailed(err) {
		return unreachable(e.client.DaemonHost(), err)
	}
	return err
}

// ErrNoImage is an engine that reported neither an image nor an error.
var ErrNoImage = errors.New("the engine ended the build without naming an image; see the engine's log")

func pointers(args map[string]string) map[string]*string {
	out := make(map[string]*string, len(args))
	for k, v := range maps.All(args) {
		out[k] = &v
	}
	return out
}
