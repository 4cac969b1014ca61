package engine

import (
	"fmt"
	"maps"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/credentials"
	clitypes "github.com/docker/cli/cli/config/types"
	"github.com/docker/docker/api/types/registry"
)

var (
	// hub is the registry of a name that names none.
	hub = func() string {
		named, err := reference.ParseNormalizedNamed("image")
		if err != nil {
			panic(err) // a constant name
		}
		return reference.Domain(named)
	}()
	// hubKey is the entry in Docker's configuration for all the hub's names.
	hubKey = "https://index." + hub + "/v1/"
)

// Credentials sign in to the registry of an image. They live in memory only.
type Credentials struct {
	// Server is a host, URL or repository; default: the registry in the image's name.
	Server string
	// Username and Password go together; without them the docker command's
	// own configuration and credential helpers decide.
	Username, Password string
}

func (c Credentials) explicit() bool { return c.Username != "" && c.Password != "" }

// Warning tells of half a pair of credentials, which is not used; else it is empty.
func (c Credentials) Warning() string {
	switch {
	case c.Username == "" && c.Password != "":
		return "registry.username is not set although registry.password is: using the docker command's credentials"
	case c.Username != "" && c.Password == "":
		return "registry.password is not set although registry.username is: using the docker command's credentials"
	}
	return ""
}

// host is the key under which Docker's configuration keeps the credentials.
func (c Credentials) host(image string) (string, error) {
	var host string
	if c.Server != "" {
		host = credentials.ConvertToHostname(c.Server)
	} else {
		named, err := reference.ParseNormalizedNamed(image)
		if err != nil {
			return "", fmt.Errorf("parse image name %q: %w", image, err)
		}
		host = reference.Domain(named)
	}
	switch host {
	case hub, "index." + hub, "registry-1." + hub:
		return hubKey, nil
	}
	return host, nil
}

// keyring is the docker command's configuration with c on top for its host.
func (e *Engine) keyring(c Credentials, image string) (*configfile.ConfigFile, error) {
	ring := *e.config
	ring.AuthConfigs = maps.Clone(e.config.AuthConfigs)
	ring.CredentialHelpers = maps.Clone(e.config.CredentialHelpers)
	if !c.explicit() {
		return &ring, nil
	}
	host, err := c.host(image)
	if err != nil {
		return nil, err
	}
	if ring.AuthConfigs == nil {
		ring.AuthConfigs = map[string]clitypes.AuthConfig{}
	}
	if ring.CredentialHelpers == nil {
		ring.CredentialHelpers = map[string]string{}
	}
	ring.AuthConfigs[host] = clitypes.AuthConfig{
		ServerAddress: host, Username: c.Username, Password: c.Password,
	}
	ring.CredentialHelpers[host] = "" // no helper: use the entry above
	return &ring, nil
}

// header encodes the credentials for the registry of image as the API wants them.
func (e *Engine) header(c Credentials, image string) (string, error) {
	auth := registry.AuthConfig{Username: c.Username, Password: c.Password}
	host, err := c.host(image)
	if err != nil {
		return "", err
	}
	if !c.explicit() {
		found, err := e.config.GetAuthConfig(host)
		if err != nil {
			return "", fmt.Errorf("look up the docker command's credentials for %s: %w", host, err)
		}
		auth = registry.AuthConfig(found)
	}
	auth.ServerAddress = host
	encoded, err := registry.EncodeAuthConfig(auth)
	if err != nil {
		return "", fmt.Errorf("encode the credentials for %s: %w", host, err)
	}
	return encoded, nil
}

// all gives the classic builder every known credential, as the docker command does.
func all(ring *configfile.ConfigFile) (map[string]registry.AuthConfig, error) {
	found, err := ring.GetAllCredentials()
	if err != nil {
		return nil, fmt.Errorf("read the docker command's credentials: %w", err)
	}
	auths := make(map[string]registry.AuthConfig, len(found))
	for host, auth := range found {
		auths[host] = registry.AuthConfig(auth)
	}
	return auths, nil
}
