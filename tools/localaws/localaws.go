// Package localaws keeps the programs that tools/ builds on the local AWS: they
// stand in for Pulumi's official ones there, and nowhere else.
package localaws

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

const (
	endpointVariable = "AWS_ENDPOINT_URL"
	ignoreVariable   = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
	// metadataVariable names the address of instance metadata, which is no service's.
	metadataVariable = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
)

// Program is what tools/ has built in an official program's place.
type Program struct {
	// Name is the program's, such as pulumi-resource-aws.
	Name string
	// Install is the command that gets the official one.
	Install string
}

// Plugin describes the stand-in for a version of an official resource plugin.
func Plugin(name, version string) Program {
	return Program{Name: "pulumi-resource-" + name, Install: "pulumi plugin install resource " + name + " " + version}
}

// Guard returns an error unless an environment, as os.Environ returns it, sends
// all requests to AWS to a local AWS on this machine.
func (p Program) Guard(environment []string) error {
	var problems []error
	found := false
	for _, line := range environment {
		name, value, _ := strings.Cut(line, "=")
		switch {
		case name == endpointVariable && value != "":
			found = true
			problems = append(problems, endpoint(name, value))
		case name == ignoreVariable && strings.EqualFold(value, "true"):
			problems = append(problems, fmt.Errorf("%s is set: requests would go to AWS", name))
		case isEndpoint(name, value):
			problems = append(problems, endpoint(name, value))
		}
	}
	if !found {
		problems = append(problems, fmt.Errorf("%s is not set: requests would go to AWS", endpointVariable))
	}
	return p.refuse(problems)
}

// GuardEndpoints returns an error unless every URL of a provider's
// configuration, by its name there, is on this machine.
func (p Program) GuardEndpoints(urls map[string]string) error {
	var problems []error
	for name, value := range urls {
		if value != "" {
			problems = append(problems, endpoint(name, value))
		}
	}
	return p.refuse(problems)
}

// GuardRegistry returns an error when an image's name, or a registry's address,
// names a registry that is not on this machine.
func (p Program) GuardRegistry(name string) error {
	_, address, isURL := strings.Cut(name, "://")
	if !isURL {
		address = name
	}
	host, path, hasPath := strings.Cut(address, "/")
	// Docker takes the first part for a registry when it looks like a host.
	isHost := isURL || hasPath && path != "" && (strings.ContainsAny(host, ".:") || host == "localhost")
	if !isHost || isLocal(withoutPort(host)) {
		return nil
	}
	return p.refuse([]error{fmt.Errorf("the image registry %s is not on this machine", host)})
}

func (p Program) refuse(problems []error) error {
	reasons := errors.Join(problems...)
	if reasons == nil {
		return nil
	}
	lines := strings.Split(reasons.Error(), "\n")
	slices.Sort(lines)
	return fmt.Errorf("this %s was built here for the local AWS, and refuses any other: %s. "+
		"On AWS only Pulumi's official programs may run: take .slipway/bin off PATH, unset PULUMI_HOME and run `%s`. "+
		"For the local AWS, use `make up`", p.Name, strings.Join(lines, "; "), p.Install)
}

// isEndpoint reports whether a variable moves a service: AWS_ENDPOINT_URL_S3 of
// the SDKs, and Terraform's AWS_S3_ENDPOINT and TF_AWS_S3_ENDPOINT.
func isEndpoint(name, value string) bool {
	return (strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "TF_AWS_")) &&
		strings.Contains(name, "ENDPOINT") && strings.Contains(value, "://") && name != metadataVariable
}

func endpoint(name, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("%s is no URL", name)
	}
	if !isLocal(u.Hostname()) {
		return fmt.Errorf("%s is %s, which is not on this machine", name, u.Host)
	}
	return nil
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// isLocal reports whether a host is this machine. Names are not looked up.
func isLocal(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
