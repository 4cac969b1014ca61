package service

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// keptImages is how many images the repository holds: enough to roll back far.
const keptImages = 50

func (s *Service) createRepository(ctx *pulumi.Context) (err error) {
	args := &ecr.RepositoryArgs{
		ImageTagMutability: pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		ForceDelete: pulumi.Bool(s.args.Disposable),
	}
	if s.args.KeyARN != nil {
		args.EncryptionConfigurations = ecr.RepositoryEncryptionConfigurationArray{&ecr.RepositoryEncryptionConfigurationArgs{
			EncryptionType: pulumi.String("KMS"),
			KmsKey:         s.args.KeyARN.ToStringOutput(),
		}}
	}
	s.repository, err = ecr.NewRepository(ctx, s.name, args, s.child())
	if err != nil {
		return fmt.Errorf("create image repository: %w", err)
	}
	rules, err := json.Marshal(map[string]any{"rules": []any{map[string]any{
		"rulePriority": 1,
		"description":  fmt.Sprintf("Keep the last %d images", keptImages),
		"selection":    map[string]any{"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keptImages},
		"action":       map[string]any{"type": "expire"},
	}}})
	if err != nil {
		return fmt.Errorf("write image lifecycle: %w", err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, s.name, &ecr.LifecyclePolicyArgs{
		Repository: s.repository.Name,
		Policy:     pulumi.String(rules),
	}, s.child())
	if err != nil {
		return fmt.Errorf("create image lifecycle: %w", err)
	}
	return nil
}

// buildImage builds and pushes the image when its content has changed: the tag
// is made of the content, so that unchanged code never builds.
func (s *Service) buildImage(ctx *pulumi.Context) (err error) {
	token := ecr.GetAuthorizationTokenOutput(ctx, ecr.GetAuthorizationTokenOutputArgs{
		RegistryId: s.repository.RegistryId,
	}, pulumi.Parent(s))
	s.image, err = docker.NewImage(ctx, s.name, &docker.ImageArgs{
		ImageName: pulumi.Sprintf("%s:%s", s.repository.RepositoryUrl, s.Version),
		Build: &docker.DockerBuildArgs{
			Context:        pulumi.String(s.args.Context),
			Dockerfile:     pulumi.String(s.args.Context + "/" + dockerfile),
			Platform:       pulumi.String(s.platform()),
			BuilderVersion: docker.BuilderVersionBuilderBuildKit,
		},
		Registry: &docker.RegistryArgs{
			Server:   s.repository.RepositoryUrl,
			Username: token.UserName(),
			Password: pulumi.ToSecret(token.Password()).(pulumi.StringOutput),
		},
	}, s.child())
	if err != nil {
		return fmt.Errorf("build image: %w", err)
	}
	return nil
}
