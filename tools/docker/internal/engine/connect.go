package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	dockercontext "github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// MinAPI is the API of Docker 20.10, the oldest engine that is tested.
const MinAPI = "1.41"

// Config says which engine to use. Every zero field falls back to what the
// docker command would use.
type Config struct {
	// Host is the engine's address, such as unix:///var/run/docker.sock.
	Host string
	// CertPath is a directory with ca.pem, cert.pem and key.pem.
	CertPath string
	// CA, Cert and Key are PEM texts and go before CertPath.
	CA, Cert, Key string
}

// Engine is a connection to a Docker engine. Close it when done.
type Engine struct {
	client *client.Client
	config *configfile.ConfigFile
}

// Connect finds the engine and checks that it answers and is recent enough.
// Every error says what to do next.
func Connect(ctx context.Context, cfg Config) (*Engine, error) {
	file := config.LoadDefaultConfigFile(io.Discard)
	endpoint, err := endpoint(cfg, file)
	if err != nil {
		return nil, err
	}
	opts, err := endpoint.ClientOpts()
	if err != nil {
		return nil, fmt.Errorf("configure the Docker client for %s: %w", endpoint.Host, err)
	}
	api, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("configure the Docker client for %s: %w", endpoint.Host, err)
	}
	ping, err := api.Ping(ctx)
	if err != nil {
		api.Close()
		return nil, unreachable(api.DaemonHost(), err)
	}
	if versions.LessThan(ping.APIVersion, MinAPI) {
		api.Close()
		return nil, fmt.Errorf("the Docker engine at %s speaks API %s, at least %s is needed: install Docker 20.10 or later",
			api.DaemonHost(), ping.APIVersion, MinAPI)
	}
	api.NegotiateAPIVersionPing(ping)
	return &Engine{client: api, config: file}, nil
}

// Close releases the connection.
func (e *Engine) Close() error { return e.client.Close() }

// endpoint follows the docker command: an explicit address, DOCKER_HOST, the
// context in use, the default socket, and Docker Desktop's socket last.
func endpoint(cfg Config, file *configfile.ConfigFile) (docker.Endpoint, error) {
	host := first(cfg.Host, os.Getenv(client.EnvOverrideHost))
	name := first(os.Getenv("DOCKER_CONTEXT"), file.CurrentContext)
	switch {
	case host == "" && name != "" && name != "default":
		return contextEndpoint(name)
	case host == "":
		host = defaultHost()
	}
	tls, err := tlsData(cfg)
	if err != nil {
		return docker.Endpoint{}, err
	}
	return docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: host}, TLSData: tls}, nil
}

func contextEndpoint(name string) (docker.Endpoint, error) {
	contexts := store.New(config.ContextStoreDir(), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
	metadata, err := contexts.GetMetadata(name)
	if err != nil {
		return docker.Endpoint{}, fmt.Errorf("open Docker context %q: %w; choose another with `docker context use`", name, err)
	}
	meta, err := docker.EndpointFromContext(metadata)
	if err != nil {
		return docker.Endpoint{}, fmt.Errorf("open Docker context %q: %w", name, err)
	}
	endpoint, err := docker.WithTLSData(contexts, name, meta)
	if err != nil {
		return docker.Endpoint{}, fmt.Errorf("read the certificates of Docker context %q: %w", name, err)
	}
	return endpoint, nil
}

func defaultHost() string {
	if _, err := os.Stat("/var/run/docker.sock"); errors.Is(err, fs.ErrNotExist) {
		if home, err := os.UserHomeDir(); err == nil {
			desktop := filepath.Join(home, ".docker", "run", "docker.sock")
			if _, err := os.Stat(desktop); err == nil {
				return "unix://" + desktop
			}
		}
	}
	return client.DefaultDockerHost
}

func tlsData(cfg Config) (*dockercontext.TLSData, error) {
	ca := first(cfg.CA, os.Getenv("DOCKER_CA_MATERIAL"))
	cert := first(cfg.Cert, os.Getenv("DOCKER_CERT_MATERIAL"))
	key := first(cfg.Key, os.Getenv("DOCKER_KEY_MATERIAL"))
	if ca+cert+key != "" {
		return &dockercontext.TLSData{CA: []byte(ca), Cert: []byte(cert), Key: []byte(key)}, nil
	}
	dir := first(cfg.CertPath, os.Getenv(client.EnvOverrideCertPath))
	if dir == "" {
		return nil, nil
	}
	data, err := dockercontext.TLSDataFromFiles(
		filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		return nil, fmt.Errorf("read the Docker client's certificates in %s: %w", dir, err)
	}
	return data, nil
}

func unreachable(host string, err error) error {
	advice := "start it (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to a running engine"
	if errors.Is(err, fs.ErrPermission) {
		advice = "add your user to the docker group (`sudo usermod -aG docker $USER`) and log in again"
	}
	return fmt.Errorf("cannot reach the Docker engine at %s (%w): %s", host, err, advice)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
