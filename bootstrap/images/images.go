// Package images builds the ECR repositories of an app. All environments share
// one, so that prod runs the very image that staging ran: tags are immutable, and
// images are scanned when pushed. A second one beside it holds the builds' cache.
package images

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Repository in Pulumi's state.
const TypeToken = "slipway-bootstrap:images:Repository"

const (
	// CacheSuffix makes the name of a repository that of its cache.
	CacheSuffix = "-cache"
	// GuestSuffix makes the name of the repository for environments in another's
	// network. Every branch may deploy those: what they push is not for the others.
	GuestSuffix = "-guest"
	// keptImages is enough for every environment to go back far.
	keptImages = 500
	// keptCacheDays is how long what no later build has used is kept.
	keptCacheDays = 14
)

// Repository is a repository and its cache.
type Repository struct {
	pulumi.ResourceState

	made []pulumi.Resource
}

// Args say who else runs the images. The zero value is valid: nobody does.
type Args struct {
	// PullAccounts are accounts that may read the images, not the cache.
	PullAccounts []string
}

// New builds both under names that the environments know.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Repository, error) {
	r := &Repository{}
	if err := ctx.RegisterComponentResource(TypeToken, name, r, opts...); err != nil {
		return nil, fmt.Errorf("register repository %s: %w", name, err)
	}
	for _, one := range []struct {
		name, mutability string
		scan             bool
		rule             rule
	}{
		{name, "IMMUTABLE", true, rule{
			Description: fmt.Sprintf("Keep the last %d images", keptImages),
			Selection:   selection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: keptImages},
		}},
		{name + CacheSuffix, "MUTABLE", false, rule{
			Description: fmt.Sprintf("Drop what is replaced after %d days", keptCacheDays),
			Selection:   selection{TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: keptCacheDays},
		}},
	} {
		repository, err := ecr.NewRepository(ctx, one.name, &ecr.RepositoryArgs{
			Name:                       pulumi.String(one.name),
			ImageTagMutability:         pulumi.String(one.mutability),
			ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(one.scan)},
		}, pulumi.Parent(r))
		if err != nil {
			return nil, fmt.Errorf("create repository %s: %w", one.name, err)
		}
		r.made = append(r.made, repository)
		one.rule.Priority, one.rule.Action = 1, map[string]string{"type": "expire"}
		policy, err := json.Marshal(map[string]any{"rules": []rule{one.rule}})
		if err != nil {
			return nil, fmt.Errorf("write lifecycle of %s: %w", one.name, err)
		}
		_, err = ecr.NewLifecyclePolicy(ctx, one.name, &ecr.LifecyclePolicyArgs{
			Repository: repository.Name,
			Policy:     pulumi.String(policy),
		}, pulumi.Parent(r))
		if err != nil {
			return nil, fmt.Errorf("create lifecycle of %s: %w", one.name, err)
		}
	}
	if err := r.admit(ctx, name, args.PullAccounts); err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}

// admit lets other accounts look for images and run them: each decides by its own
// policies which of its roles do.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
func (r *Repository) admit(ctx *pulumi.Context, name string, accounts []string) error {
	if len(accounts) == 0 {
		return nil
	}
	account, err := policy.LookupAccount(ctx, pulumi.Parent(r))
	if err != nil {
		return err
	}
	statement := policy.Statement{
		Sid: "PullAccounts",
		Actions: []string{
			"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories",
			"ecr:GetDownloadUrlForLayer", "ecr:ListTagsForResource",
		},
	}
	for _, other := range slices.Sorted(slices.Values(accounts)) {
		statement.AWS = append(statement.AWS, pulumi.String("arn:"+account.Partition+":iam::"+other+":root"))
	}
	_, err = ecr.NewRepositoryPolicy(ctx, name, &ecr.RepositoryPolicyArgs{
		Repository: pulumi.String(name),
		Policy:     policy.Document(statement),
	}, pulumi.Parent(r), pulumi.DependsOn(r.made))
	if err != nil {
		return fmt.Errorf("admit accounts to repository %s: %w", name, err)
	}
	return nil
}

// rule is one of a lifecycle policy:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type rule struct {
	Priority    int               `json:"rulePriority"`
	Description string            `json:"description"`
	Selection   selection         `json:"selection"`
	Action      map[string]string `json:"action"`
}

type selection struct {
	TagStatus   string `json:"tagStatus"`
	CountType   string `json:"countType"`
	CountUnit   string `json:"countUnit,omitempty"`
	CountNumber int    `json:"countNumber"`
}
