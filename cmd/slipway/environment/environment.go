// Package environment tells what the program registers for a stack, without an
// account and without changing anything: it runs the program under mocks.
package environment

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/internal/awsconfig"
	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/internal/problem"
)

// projectFile is where the project's configuration keys are described.
const projectFile = "Pulumi.yaml"

// Enter makes the project's directory the working directory, as the program
// expects it: the one given, else the nearest above that holds Pulumi.yaml.
func Enter(dir string) error {
	root, err := Find(dir)
	if err != nil {
		return err
	}
	return os.Chdir(root)
}

// Find is the project's directory, see Enter.
func Find(dir string) (string, error) {
	from := dir
	if from == "" {
		from = "."
	}
	root, err := filepath.Abs(from)
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	for {
		_, err := os.Stat(filepath.Join(root, projectFile))
		if err == nil {
			return root, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find the project: %w", err)
		}
		if dir != "" || filepath.Dir(root) == root {
			return "", fmt.Errorf("there is no %s in %s: name the project's directory with --dir", projectFile, from)
		}
		root = filepath.Dir(root)
	}
}

// manifest is what Pulumi.yaml says.
type manifest struct {
	Name   string         `yaml:"name"`
	Config map[string]any `yaml:"config"`
}

func readProject() (*manifest, error) {
	text, err := os.ReadFile(projectFile)
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	p := &manifest{}
	if err := yaml.Unmarshal(text, p); err != nil || p.Name == "" {
		return nil, &problem.Problem{What: projectFile + " names no project", Todo: "add name: to it", Cause: err}
	}
	return p, nil
}

// Project is the project's name.
func Project() (string, error) {
	p, err := readProject()
	if err != nil {
		return "", err
	}
	return p.Name, nil
}

// Keys lists the configuration keys that Pulumi.yaml describes, sorted.
func Keys() ([]string, error) {
	p, err := readProject()
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(p.Config)), nil
}

// Configuration is the configuration of a stack, by key with its namespace.
type Configuration map[string]string

// Read reads the configuration in the file of a stack as the engine passes it on.
func Read(stack string) (Configuration, error) { return mocktest.StackConfig(".", stack) }

// foreign are the namespaces that are no project's.
var foreign = []string{"aws", "docker", "pulumi"}

// full is a key of the project's own with its namespace, as in "slipway:zones".
func (c Configuration) full(key string) string {
	for name := range c {
		if namespace, _, _ := strings.Cut(name, ":"); !slices.Contains(foreign, namespace) {
			return namespace + ":" + key
		}
	}
	return key
}

// Value is the value of one of the project's own keys.
func (c Configuration) Value(key string) string { return c[c.full(key)] }

// With is the configuration with some of the project's own keys changed.
func (c Configuration) With(change map[string]string) Configuration {
	changed := maps.Clone(c)
	for key, value := range change {
		changed[c.full(key)] = value
	}
	return changed
}

// FilesVariable names where the files are that Pulumi is given, if not beside
// Pulumi.yaml.
const FilesVariable = "SLIPWAY_STACK_FILES"

// Account is the region and the credentials that the file of a stack says; the
// environment's where there is no such file. A name may have organization and
// project before it. root is the project's directory.
func Account(root, stack string) (awsconfig.Settings, error) {
	stack = stack[strings.LastIndex(stack, "/")+1:]
	configuration, err := mocktest.StackConfig(cmp.Or(os.Getenv(FilesVariable), root), stack)
	if errors.Is(err, fs.ErrNotExist) {
		return awsconfig.Settings{}, nil
	}
	if err != nil {
		return awsconfig.Settings{}, err
	}
	settings, err := awsconfig.Parse(func(key string) (string, bool) { value, given := configuration[key]; return value, given })
	for key, value := range configuration {
		if strings.HasPrefix(key, "aws:") && strings.HasPrefix(value, `{"secure":`) {
			err = &problem.Problem{What: fmt.Sprintf("%s is encrypted in Pulumi.%s.yaml, which only Pulumi can read", key, stack), Todo: "name a profile (aws:profile) or a role (aws:assumeRole) there, or log in to the account"}
		}
	}
	return settings, err
}

// Resources lists what the program registers for a stack with a configuration.
func Resources(stack string, configuration Configuration) ([]pricing.Resource, error) {
	registered, err := Registered(stack, configuration)
	if err != nil {
		return nil, err
	}
	resources := make([]pricing.Resource, 0, len(registered))
	for _, res := range registered {
		resources = append(resources, pricing.Resource{
			Type:       res.Type,
			Name:       res.Name,
			Component:  res.Component,
			Properties: plain(res.Inputs),
		})
	}
	return resources, nil
}

// Registration is a resource that the program registers.
type Registration struct {
	mocktest.Resource
	// Component is the component right below the stack that the resource belongs
	// to, without project and stack, or the resource itself: "database".
	Component string
	// Role is the name without project and stack: "database-monitoring".
	Role string
}

// Registered lists what the program registers for a stack with a configuration,
// in the order of registration.
func Registered(stack string, configuration Configuration) ([]Registration, error) {
	project, err := Project()
	if err != nil {
		return nil, err
	}
	recording, err := mocktest.Record(stack, configuration, infra.Deploy, mocktest.Project(project), func(info *pulumi.RunInfo) { info.RootDirectory = "." })
	if err != nil {
		return nil, err
	}
	all := recording.All()
	parents, names := map[string]string{}, map[string]string{}
	for _, res := range all {
		parents[res.URN], names[res.URN] = res.ParentURN, res.Name
	}
	registered := make([]Registration, 0, len(all))
	prefix := project + "-" + stack + "-"
	for _, res := range all {
		registered = append(registered, Registration{
			Resource:  res,
			Component: strings.TrimPrefix(names[outermost(res.URN, parents)], prefix),
			Role:      strings.TrimPrefix(res.Name, prefix),
		})
	}
	return registered, nil
}

// outermost is the component right below the stack that a resource belongs to.
func outermost(urn string, parents map[string]string) string {
	for {
		parent, known := parents[urn]
		if !known || parent == "" || strings.Contains(parent, string(resource.RootStackType)+"::") {
			return urn
		}
		urn = parent
	}
}

// plain turns property values into maps, lists, strings, numbers and booleans.
func plain(properties resource.PropertyMap) map[string]any {
	return properties.MapRepl(nil, func(value resource.PropertyValue) (any, bool) {
		switch {
		case value.IsSecret():
			return nil, true
		case value.IsOutput():
			return value.OutputValue().Element.MapRepl(nil, nil), true
		case value.IsComputed():
			return nil, true
		}
		return nil, false
	})
}
