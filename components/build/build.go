// Package build builds an image and pushes it to a registry, by Pulumi's docker
// plugin in a stack of its own that is thrown away. So no login and nothing of the
// machine that built stays in an environment's state, where the plugin would lose it
// at the next refresh: on a machine without the builder, without Docker, or when the
// login has ended.
// https://github.com/kreuzwerker/terraform-provider-docker/blob/v3.8.0/internal/provider/resource_docker_registry_image_funcs.go
//
// What the environment's stack shows of an image is service.ImageToken's resource.
package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// builder is the name of the BuildKit builder on the machine that builds. It runs
// in a container of its own, which brings QEMU for other processors along.
const builder = "slipway"

// digestOutput is what the stack says of the image.
const digestOutput = "digest"

// Image is an image to build.
type Image struct {
	// Name is its name with the tag. Required.
	Name string
	// Context is the directory that it is built from, Dockerfile its file there.
	// Required.
	Context, Dockerfile string
	// Platform is what it runs on, such as linux/arm64. Required.
	Platform string
	// Cache is the name of the cache that builds share, in a registry. It is used
	// where Docker is logged in there; elsewhere builds do without. Default: none.
	Cache string
	// Registry is the registry's address; User and Password open it. Required.
	Registry, User, Password string
}

// Builder builds images: Docker, or a test's own.
type Builder interface {
	// Build builds and pushes an image and returns its digest. What it has to say
	// goes to log.
	Build(ctx context.Context, image Image, log io.Writer) (digest string, err error)
}

// key is the Builder's key in a context.
type key struct{}

// With makes the services that are created in the returned context have their images
// built by b.
func With(ctx *pulumi.Context, b Builder) *pulumi.Context { return ctx.WithValue(key{}, b) }

// Of is the context's Builder. Default: Docker.
func Of(ctx *pulumi.Context) Builder {
	if b, is := ctx.Value(key{}).(Builder); is {
		return b
	}
	return Docker{}
}

// Docker builds by the docker plugin, on the machine that the program runs on.
type Docker struct{}

// Build implements Builder.
func (Docker) Build(ctx context.Context, image Image, log io.Writer) (string, error) {
	dir, err := os.MkdirTemp("", "slipway-image-")
	if err != nil {
		return "", fmt.Errorf("make a directory for the build's state: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is temporary anyway.
	// The plugin looks for both from the directory that it was started in.
	if image.Context, err = filepath.Abs(image.Context); err != nil {
		return "", fmt.Errorf("find the build context: %w", err)
	}
	stack, err := auto.NewStackInlineSource(ctx, "build", "image", Program(image),
		auto.Project(workspace.Project{Name: tokens.PackageName("image"), Runtime: workspace.NewProjectRuntimeInfo("go", nil)}),
		auto.WorkDir(dir),
		auto.EnvVars(map[string]string{"PULUMI_BACKEND_URL": "file://" + filepath.ToSlash(dir), "PULUMI_CONFIG_PASSPHRASE": "thrown away"}))
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("build image %s: %w\nput the directory of the pulumi command on the PATH: it runs once more, for the docker plugin", image.Name, err)
	}
	if err != nil {
		return "", fmt.Errorf("build image %s: %w", image.Name, err)
	}
	result, err := stack.Up(ctx, optup.ProgressStreams(log), optup.ErrorProgressStreams(log), optup.SuppressProgress(), optup.SuppressOutputs())
	if err != nil {
		return "", fmt.Errorf("build image %s: %w", image.Name, err)
	}
	digest, _ := result.Outputs[digestOutput].Value.(string)
	if digest == "" {
		return "", fmt.Errorf("build image %s: %w", image.Name, errors.New("the docker plugin names no digest"))
	}
	return digest, nil
}

// Program is the stack that builds an image.
func Program(image Image) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		machine, err := docker.NewBuildxBuilder(ctx, "builder", &docker.BuildxBuilderArgs{
			Name: pulumi.String(builder),
			// With the node's name a builder that is there is taken, and any other made:
			// https://github.com/docker/buildx/blob/v0.23.0/builder/builder.go
			Node: pulumi.String(builder + "0"),
		})
		if err != nil {
			return fmt.Errorf("create image builder: %w", err)
		}
		args := &docker.RegistryImageBuildArgs{
			Context: pulumi.String(image.Context),
			// Unlike the context's own, its path is no part of the context's:
			// https://github.com/kreuzwerker/terraform-provider-docker/issues/737
			Dockerfile: pulumi.String(filepath.Join(image.Context, image.Dockerfile)),
			Platform:   pulumi.String(image.Platform),
			Builder:    machine.Name,
		}
		if image.Cache != "" {
			// ECR takes a cache in this form: https://docs.docker.com/build/cache/backends/registry/
			args.CacheFroms = pulumi.ToStringArray([]string{"type=registry,ref=" + image.Cache})
			args.CacheTos = pulumi.ToStringArray([]string{"type=registry,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true,ref=" + image.Cache})
		}
		pushed, err := docker.NewRegistryImage(ctx, "image", &docker.RegistryImageArgs{
			Name: pulumi.String(image.Name),
			AuthConfig: &docker.RegistryImageAuthConfigArgs{
				Address:  pulumi.String(image.Registry),
				Username: pulumi.String(image.User),
				Password: pulumi.ToSecret(pulumi.String(image.Password)).(pulumi.StringOutput),
			},
			Build: args,
		})
		if err != nil {
			return fmt.Errorf("push image: %w", err)
		}
		ctx.Export(digestOutput, pushed.Sha256Digest)
		return nil
	}
}
