package provider

import (
	"fmt"
	"os"
)

const (
	// caSecret is the id under which a Dockerfile may mount the CA bundle.
	caSecret = "ca-certificates"
	// caVariable names a file with CA certificates for build steps.
	caVariable = "SLIPWAY_BUILD_CA"
	// systemCAVariable is what most programs on this machine use; it serves
	// when caVariable is not set, and only if the file exists.
	systemCAVariable = "SSL_CERT_FILE"
)

// BuildSecrets offers build steps this machine's CA bundle. Behind a proxy that
// inspects TLS, a step can reach a package registry only with it:
//
//	RUN --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt pip install ...
//
// The mount is empty space in the image: not a byte of the bundle stays.
func BuildSecrets() (map[string]string, error) {
	if path := os.Getenv(caVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("offer the CA bundle of %s to the build: %w; name a readable PEM file or unset it", caVariable, err)
		}
		return map[string]string{caSecret: path}, nil
	}
	if path := os.Getenv(systemCAVariable); path != "" {
		if _, err := os.Stat(path); err == nil {
			return map[string]string{caSecret: path}, nil
		}
	}
	return nil, nil
}
