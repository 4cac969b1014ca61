package service

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/build"
	"gitlab.com/slipway/slipway/components/policy"
)

// What a preview says of an image that is not there, for those who keep its plan.
const (
	ToBeBuilt  = "is not there yet: the update builds it"
	NotCarried = "nothing is built into another account"
)

// cacheSuffix makes the name of a repository that of the builds' cache.
const cacheSuffix = "-cache"

// Source is where the app's image comes from.
type Source struct {
	// Context is the directory that the image is built from; it holds the
	// Dockerfile. The image must do with user 10001 and a read-only root file
	// system, and declare /tmp a volume that this user can write to. Required.
	Context string
	// Repository is the name of the ECR repository, which is there already; all
	// environments of an app share it. Its tags must be immutable. Required.
	Repository string
	// RepositoryAccount is the account that the repository is in, 12 digits. Another
	// account than the stack's must let it pull; an image that is not there is an
	// error, since nothing is built into another account. Default: the stack's own.
	RepositoryAccount string
	// Architecture is the processor of the tasks. Default: arm64.
	Architecture Architecture
}

// Image is what the repository has of the app as it stands in Context.
type Image struct {
	// Version is its tag, made of its content.
	Version string

	// digest is empty when the repository has no such image.
	digest string
	// name is that of the image without a tag. Empty where nothing is known of it.
	name string
	// repositoryARN is the repository's, registry the account that it is in.
	repositoryARN, registry string
	// elsewhere tells that this is another account.
	elsewhere bool
}

// Find looks for the image. What another account lacks is an error; in a preview
// it is a warning, since somebody may put it there before the update.
func (s *Source) Find(ctx *pulumi.Context, opts ...pulumi.InvokeOption) (*Image, error) {
	version, err := ContentTag(s.Context, s.platform())
	if err != nil {
		return nil, err
	}
	return s.find(ctx, version, opts...)
}

func (s *Source) find(ctx *pulumi.Context, version string, opts ...pulumi.InvokeOption) (*Image, error) {
	account, err := policy.LookupAccount(ctx, opts...)
	if err != nil {
		return nil, err
	}
	if s.RepositoryAccount != "" && s.RepositoryAccount != account.ID {
		return s.findElsewhere(ctx, version, account, opts...)
	}
	repository, err := ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: s.Repository}, opts...)
	if err != nil {
		return nil, fmt.Errorf("find image repository %s: %w\nbootstrap makes it, once an account and region: make bootstrap TARGET=aws", s.Repository, err)
	}
	image := &Image{Version: version, name: repository.RepositoryUrl, repositoryARN: repository.Arn, registry: repository.RegistryId}
	return image, s.look(ctx, image, opts...)
}

// findElsewhere asks for the image alone: more than this the other account need not
// allow.
func (s *Source) findElsewhere(ctx *pulumi.Context, version string, own *policy.Account, opts ...pulumi.InvokeOption) (*Image, error) {
	other := policy.Account{Partition: own.Partition, Region: own.Region, ID: s.RepositoryAccount}
	image := &Image{Version: version, repositoryARN: string(other.ARN("ecr", "repository/"+s.Repository)), registry: other.ID, elsewhere: true}
	if err := s.look(ctx, image, opts...); err != nil {
		return nil, fmt.Errorf("%w\nthe image is in account %s: its bootstrap must name %s in pullAccounts, in region %s", err, other.ID, own.ID, own.Region)
	}
	if image.digest != "" {
		return image, nil
	}
	missing := fmt.Errorf("account %s has no image %s:%s, which is the app as it stands here for %s, and "+NotCarried+": "+
		"first deploy the environment that fills it, such as staging, from the same commit and for the same architecture", other.ID, s.Repository, version, s.platform())
	if !ctx.DryRun() {
		return nil, missing
	}
	image.name = s.Repository
	return image, ctx.Log.Warn(missing.Error(), nil)
}

// look sets the image's digest and name when it is there.
func (s *Source) look(ctx *pulumi.Context, image *Image, opts ...pulumi.InvokeOption) error {
	found, err := ecr.GetImage(ctx, &ecr.GetImageArgs{RegistryId: &image.registry, RepositoryName: s.Repository, ImageTag: &image.Version}, opts...)
	switch {
	case err == nil && found.ImageDigest == "":
		return fmt.Errorf("look for image %s:%s: AWS names no digest", s.Repository, image.Version)
	case err == nil:
		image.digest = found.ImageDigest
		image.name, _, _ = strings.Cut(found.ImageUri, "@")
	case !absent(err):
		return fmt.Errorf("look for image %s:%s: %w", s.Repository, image.Version, err)
	}
	return nil
}

func (s *Source) platform() string { return "linux/" + string(cmp.Or(s.Architecture, ARM64)) }

// provideImage sets the image that tasks run, by its digest. What the repository
// has already is neither built nor pushed, whoever pushed it.
func (s *Service) provideImage(ctx *pulumi.Context) (err error) {
	if s.found == nil {
		if s.found, err = s.args.find(ctx, s.Version, pulumi.Parent(s)); err != nil {
			return err
		}
	}
	resource := &imageResource{}
	inputs := pulumi.Map{"name": pulumi.String(s.found.name + ":" + s.Version), "platform": pulumi.String(s.args.platform())}
	if err := ctx.RegisterComponentResourceV2(ImageToken, s.name, inputs, resource, s.child()); err != nil {
		return fmt.Errorf("register image: %w", err)
	}
	s.image = pulumi.String(s.found.reference()).ToStringOutput()
	if s.found.digest == "" && !s.found.elsewhere {
		if s.image, err = s.buildImage(ctx, resource); err != nil {
			return err
		}
	}
	return ctx.RegisterResourceOutputs(resource, pulumi.Map{"image": s.image})
}

// ImageToken is the type of a service's image in Pulumi's state. A preview shows
// there which image comes instead of which.
const ImageToken = "slipway:service:Image"

// imageResource is the image that tasks run, whether this update builds it or finds
// it.
type imageResource struct{ pulumi.ResourceState }

// reference names the image by its digest, or by its tag where a preview has found
// none.
func (i *Image) reference() string {
	if i.digest == "" {
		return i.name + ":" + i.Version
	}
	return i.name + "@" + i.digest
}

// absentWords are the words of a provider that found no such image: those of 5.68 and
// 5.82, of ECR itself as 5.32 passed them on, and of the function that other data
// sources have come to use.
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.82.2/internal/service/ecr/image_data_source.go
// https://github.com/hashicorp/terraform-provider-aws/issues/35263
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.82.2/internal/tfresource/not_found_error.go
var absentWords = []string{"couldn't find resource", "query returned no results", "ImageNotFoundException", "no matching ECR Image found", "empty result"}

func absent(err error) bool {
	return slices.ContainsFunc(absentWords, func(words string) bool { return strings.Contains(err.Error(), words) })
}

// buildImage builds the image beside everything else of the update. A preview knows
// no digest yet.
func (s *Service) buildImage(ctx *pulumi.Context, resource pulumi.Resource) (pulumi.StringOutput, error) {
	if err := quiet(); err != nil {
		return pulumi.StringOutput{}, err
	}
	image := build.Image{
		Name:       s.found.name + ":" + s.Version,
		Context:    s.args.Context,
		Dockerfile: dockerfile,
		Platform:   s.args.platform(),
		Cache:      s.found.name + cacheSuffix + ":" + string(s.args.Architecture),
	}
	if ctx.DryRun() {
		unknown := pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
		return unknown, ctx.Log.Info("image: "+image.Name+" "+ToBeBuilt+" for "+image.Platform, &pulumi.LogArgs{Resource: resource})
	}
	token, err := ecr.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenArgs{RegistryId: &s.found.registry}, pulumi.Parent(s))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("log in to the image registry: %w", err)
	}
	image.Registry, image.User, image.Password = token.ProxyEndpoint, token.UserName, token.Password
	builder, say := build.Of(ctx), progress(ctx, resource, "image")
	status := func(line string) {
		_ = ctx.Log.Info("image: "+line, &pulumi.LogArgs{Resource: resource, Ephemeral: true})
	}
	say("building " + image.Name + " for " + image.Platform)
	return pulumi.String(s.found.name).ToStringOutput().ApplyTWithContext(ctx.Context(), func(stopped context.Context, name string) (string, error) {
		digest, err := builder.Build(stopped, image, lines(status))
		if err != nil {
			// Tags are immutable: another stack may have pushed the same meanwhile.
			again := *s.found
			if s.args.look(ctx, &again, pulumi.Parent(s)) == nil && again.digest != "" {
				say("somebody else has pushed it: " + again.reference())
				return again.reference(), nil
			}
			return "", err
		}
		say("pushed " + name + "@" + digest)
		return name + "@" + digest, nil
	}).(pulumi.StringOutput), nil
}

// lines makes a writer of text that says each line.
type lines func(line string)

// Write implements io.Writer.
func (l lines) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			l(line)
		}
	}
	return len(text), nil
}

// quiet refuses levels of log at which the docker plugin shows the login.
// https://github.com/kreuzwerker/terraform-provider-docker/blob/master/internal/provider/resource_docker_registry_image_funcs.go
func quiet() error {
	if level := strings.ToLower(os.Getenv("TF_LOG")); slices.Contains([]string{"trace", "debug", "info"}, level) {
		return fmt.Errorf("build image: TF_LOG=%s would show the registry's login: unset it, or set it to warn", level)
	}
	return nil
}
