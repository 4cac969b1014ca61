package service

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// builder is the name of the BuildKit builder on the machine that builds. It runs
// in a container of its own, which brings QEMU for other processors along.
const builder = "slipway"

// cacheSuffix makes the name of a repository that of the builds' cache, which works
// where Docker is logged in to the registry; elsewhere builds do without. ECR takes
// a cache in this form: https://docs.docker.com/build/cache/backends/registry/
const cacheSuffix = "-cache"

// findRepository looks up the repository, which all environments of the app share.
func (s *Service) findRepository(ctx *pulumi.Context) (err error) {
	s.repository, err = ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: s.args.Repository}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("find image repository %s: %w\nbootstrap makes it, once an account and region: make bootstrap TARGET=aws", s.args.Repository, err)
	}
	return nil
}

// provideImage sets the image that tasks run, by its digest. What the repository
// has already is neither built nor pushed, whoever pushed it.
func (s *Service) provideImage(ctx *pulumi.Context) error {
	digest, err := s.findImage(ctx)
	if err != nil {
		return err
	}
	kept := digest != "" && strings.HasPrefix(s.args.Built, s.Version+"@")
	switch {
	case kept:
		s.Built = s.args.Built
	case digest == "":
		s.Built = fmt.Sprintf("%s@%d", s.Version, time.Now().Unix())
	}
	sha256 := pulumi.String(digest).ToStringOutput()
	if s.Built != "" {
		image, err := s.buildImage(ctx, kept)
		if err != nil {
			return err
		}
		if !kept {
			sha256 = image.Sha256Digest
		}
	}
	s.image = pulumi.Sprintf("%s@%s", s.repository.RepositoryUrl, sha256)
	return nil
}

// findImage returns the digest of the image of this content, empty when the
// repository has none.
func (s *Service) findImage(ctx *pulumi.Context) (string, error) {
	found, err := ecr.GetImage(ctx, &ecr.GetImageArgs{
		RepositoryName: s.args.Repository,
		ImageTag:       &s.Version,
	}, pulumi.Parent(s))
	switch {
	case err == nil && found.ImageDigest == "":
		return "", fmt.Errorf("look for image %s:%s: AWS names no digest", s.args.Repository, s.Version)
	case err == nil:
		return found.ImageDigest, nil
	case absent(err):
		return "", nil
	}
	return "", fmt.Errorf("look for image %s:%s: %w", s.args.Repository, s.Version, err)
}

// absent tells whether the provider found no such image. These are its words:
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.82.2/internal/service/ecr/image_data_source.go
func absent(err error) bool {
	for _, words := range []string{"couldn't find resource", "ImageNotFoundException", "query returned no results"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// buildImage registers a builder and the image. Each build replaces both, so that
// no builder or login in the state is used that another machine or day made.
//
// A stack that has built its image has kept them, and nothing of them changes. A
// refresh may still drop the image from the state, as the login in there expires;
// then it is pushed once more, by a name that is free: tags are immutable.
//
// The plugin takes a login as an input only, so that the state holds the one that
// pushed last: encrypted, and dead after twelve hours. From a file the plugin would
// take it too, but then wants the file to be there whenever it is configured, also to
// destroy. ECR's logins can't be ended earlier:
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
func (s *Service) buildImage(ctx *pulumi.Context, kept bool) (*docker.RegistryImage, error) {
	if err := quiet(); err != nil {
		return nil, err
	}
	options := []pulumi.ResourceOption{s.child(), pulumi.ReplacementTrigger(pulumi.String(s.Built))}
	machine, err := docker.NewBuildxBuilder(ctx, s.name, &docker.BuildxBuilderArgs{
		Name: pulumi.String(builder),
		// With these a builder that is there already is taken as it is.
		Node:   pulumi.String(builder + "0"),
		Append: pulumi.Bool(true),
	}, append(slices.Clone(options), pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("create image builder: %w", err)
	}
	token, err := ecr.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenArgs{RegistryId: &s.repository.RegistryId}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("log in to the image registry: %w", err)
	}
	tag := s.Version
	if kept {
		tag = fmt.Sprintf("%s-%d", s.Version, time.Now().Unix())
		options = append(options, pulumi.IgnoreChanges([]string{"name", "build", "authConfig"}))
	}
	cache := s.repository.RepositoryUrl + cacheSuffix + ":" + string(s.args.Architecture)
	image, err := docker.NewRegistryImage(ctx, s.name, &docker.RegistryImageArgs{
		Name:         pulumi.String(s.repository.RepositoryUrl + ":" + tag),
		KeepRemotely: pulumi.Bool(true),
		AuthConfig: &docker.RegistryImageAuthConfigArgs{
			Address:  pulumi.String(token.ProxyEndpoint),
			Username: pulumi.String(token.UserName),
			Password: pulumi.ToSecret(pulumi.String(token.Password)).(pulumi.StringOutput),
		},
		Build: &docker.RegistryImageBuildArgs{
			Context:    pulumi.String(s.args.Context),
			Dockerfile: pulumi.String(dockerfile),
			Platform:   pulumi.String(s.platform()),
			Builder:    machine.Name,
			CacheFroms: pulumi.ToStringArray([]string{"type=registry,ref=" + cache}),
			CacheTos:   pulumi.ToStringArray([]string{"type=registry,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true,ref=" + cache}),
		},
	}, options...)
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	return image, nil
}

// quiet refuses levels of log at which the docker plugin shows the login.
// https://github.com/kreuzwerker/terraform-provider-docker/blob/master/internal/provider/resource_docker_registry_image_funcs.go
func quiet() error {
	if level := strings.ToLower(os.Getenv("TF_LOG")); slices.Contains([]string{"trace", "debug", "info"}, level) {
		return fmt.Errorf("build image: TF_LOG=%s would show the registry's login: unset it, or set it to warn", level)
	}
	return nil
}
