package slim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// modulePath is the provider's own module path: forks keep it.
const modulePath = "github.com/hashicorp/terraform-provider-aws"

// Entry is the package that programs outside the provider's module import.
const Entry = "xpprovider"

const (
	servicesDir  = "internal/service"
	registryFile = "internal/provider/service_packages_gen.go"
	clientsFile  = "internal/conns/awsclient_gen.go"
)

// Options says what to copy.
type Options struct {
	// Source is the root of the provider's module, for example in the module
	// cache. Required; it is only read.
	Source string
	// Target is the directory to create. Required; it must not exist.
	Target string
	// Resources and DataSources are the Terraform types that must work
	// afterwards, such as aws_vpc. At least one is required.
	Resources, DataSources []string
}

// Result tells what a copy consists of.
type Result struct {
	// Services are the service packages that register their types.
	Services []string
	// Packages are all directories copied, relative to the module's root.
	Packages []string
	// Clients is the number of AWS clients kept.
	Clients int
}

// Copy writes the slimmed module to o.Target. It fails when a wanted type is in
// no service: the provider's version and the list of types don't belong together.
func Copy(o Options) (Result, error) {
	var res Result
	if len(o.Resources)+len(o.DataSources) == 0 {
		return res, errors.New("slim the AWS provider: no Terraform types are wanted")
	}
	if _, err := os.Stat(filepath.Join(o.Source, registryFile)); err != nil {
		return res, fmt.Errorf("slim the AWS provider: %s is not the source of %s: %w", o.Source, modulePath, err)
	}

	services, err := servicesOf(filepath.Join(o.Source, servicesDir), o.Resources, o.DataSources)
	if err != nil {
		return res, err
	}
	registry, err := trimRegistry(filepath.Join(o.Source, registryFile), services)
	if err != nil {
		return res, err
	}
	packages, err := reachable(o.Source, services)
	if err != nil {
		return res, err
	}
	used, err := clientCalls(o.Source, packages)
	if err != nil {
		return res, err
	}
	clients, kept, err := trimClients(filepath.Join(o.Source, clientsFile), used)
	if err != nil {
		return res, err
	}

	replaced := map[string][]byte{registryFile: registry, clientsFile: clients}
	if err := copyPackages(o.Source, o.Target, packages, replaced); err != nil {
		return res, err
	}
	slices.Sort(packages)
	return Result{Services: services, Packages: packages, Clients: kept}, nil
}
