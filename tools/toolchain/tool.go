package main

// kind says how the engine finds a program.
type kind int

const (
	// cli is the pulumi program itself.
	cli kind = iota
	// language is a language host: the engine wants it next to the CLI.
	language
	// resource is a provider plugin: the engine wants it in PULUMI_HOME.
	resource
)

// tool is one program of the chain.
type tool struct {
	name    string // the program's file name
	version string // without v
	kind    kind
	module  string // its directory below the tools
	pkg     string // the main package to build
	ldflags string // besides those of every tool
	prepare func(b *build) error
	also    []string // what prepare depends on besides the module
}

// plugin is the name of a resource plugin, such as aws.
func (t tool) plugin() string { return t.name[len("pulumi-resource-"):] }

const pulumiVersion = "3.274.1"

// allTools lists the programs in the order in which they are provided: the
// quick ones are not kept waiting by the slow one.
var allTools = []tool{
	{
		name: "pulumi", version: pulumiVersion, kind: cli, module: "pulumi",
		pkg:     "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
		ldflags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + pulumiVersion,
	},
	{
		name: "pulumi-language-go", version: pulumiVersion, kind: language, module: "languagehost", pkg: ".",
		ldflags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + pulumiVersion,
	},
	{name: "pulumi-resource-awsx", version: "2.22.0", kind: resource, module: "awsx", pkg: "."},
	{name: "pulumi-resource-docker", version: "4.10.0", kind: resource, module: "docker", pkg: "."},
	{
		name: "pulumi-resource-aws", version: "6.83.4", kind: resource, module: "awsplugin", pkg: ".",
		prepare: slimProvider, also: []string{"awsplugin/slim"},
	},
}

func findTool(name string) (tool, bool) {
	for _, t := range allTools {
		if t.name == name {
			return t, true
		}
	}
	return tool{}, false
}

func toolNames() []string {
	names := make([]string, 0, len(allTools))
	for _, t := range allTools {
		names = append(names, t.name)
	}
	return names
}
