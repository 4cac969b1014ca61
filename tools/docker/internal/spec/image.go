package spec

import (
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Image is what a program asks for. Fields whose value is not known yet, during
// a preview, have their zero value and are listed in Unknown.
type Image struct {
	// Name is repository:tag. Required.
	Name string
	// SkipPush keeps the image on the engine. Default: false.
	SkipPush bool
	// BuildOnPreview builds, but never pushes, during a preview. Default: false.
	BuildOnPreview bool
	Registry       Registry
	Build          Build

	// Unknown are the paths of inputs without a value yet, such as "build.args.TAG".
	Unknown map[string]bool
}

// Registry is where to push and how to sign in. All fields are optional.
type Registry struct{ Server, Username, Password string }

// Build says how to build. All fields are optional.
type Build struct {
	// Context is a directory relative to the project. Default: ".".
	Context string
	// Dockerfile is relative to the project. Default: "Dockerfile" in Context.
	Dockerfile string
	// Platform is os/arch[/variant]. Default: the plugin's own.
	Platform string
	// Target is the stage to build. Default: the last one.
	Target string
	Args   map[string]string
	// AddHosts are host:ip lines for RUN steps.
	AddHosts []string
	// Network is the mode of RUN steps. Default: the engine's.
	Network string
	// CacheFrom names images whose layers may be reused.
	CacheFrom []string
	// Classic is true for the builder from before BuildKit. Default: false.
	Classic bool
}

// Problem is one input that is wrong and what would be right.
type Problem struct {
	// Path is the input, such as "build.context".
	Path   string
	Reason string
}

// Decode reads inputs. It returns every problem at once, in the order of paths.
func Decode(inputs resource.PropertyMap) (Image, []Problem) {
	r := &reader{unknown: map[string]bool{}}
	img := Image{Unknown: r.unknown}
	img.Name = r.text(inputs, "imageName")
	img.SkipPush = r.boolean(inputs, "skipPush")
	img.BuildOnPreview = r.boolean(inputs, "buildOnPreview")

	registry := r.object(inputs, "registry")
	img.Registry = Registry{
		Server:   r.text(registry, "registry.server"),
		Username: r.text(registry, "registry.username"),
		Password: r.text(registry, "registry.password"),
	}

	build := r.object(inputs, "build")
	img.Build = Build{
		Context:   r.text(build, "build.context"),
		Platform:  r.text(build, "build.platform"),
		Target:    r.text(build, "build.target"),
		Args:      r.texts(build, "build.args"),
		AddHosts:  r.list(build, "build.addHosts"),
		Network:   r.text(build, "build.network"),
		CacheFrom: r.list(r.object(build, "build.cacheFrom"), "build.cacheFrom.images"),
		Classic:   r.choice(build, "build.builderVersion", "BuilderBuildKit", "BuilderV1") == "BuilderV1",
	}
	img.Build.Dockerfile = r.text(build, "build.dockerfile")
	img.defaults()
	r.problems = append(r.problems, img.validate()...)
	slices.SortFunc(r.problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return img, r.problems
}

func (img *Image) defaults() {
	if img.Build.Context == "" && img.Known("build.context") {
		img.Build.Context = "."
	}
	if img.Build.Dockerfile == "" && img.Known("build.dockerfile") && img.Known("build.context") {
		img.Build.Dockerfile = path.Join(img.Build.Context, "Dockerfile")
	}
}

// Known tells whether the input at path and everything above it has a value.
func (img *Image) Known(path string) bool {
	for i := range path {
		if path[i] == '.' && img.Unknown[path[:i]] {
			return false
		}
	}
	return !img.Unknown[path]
}

// Located tells whether the files to build from are known.
func (img *Image) Located() bool { return img.Build.Context != "" && img.Build.Dockerfile != "" }
