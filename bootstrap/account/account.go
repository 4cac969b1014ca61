// Package account builds what an AWS account needs before the first environment:
// a bucket for Pulumi's state, a key for its secrets, a table of leases, the
// repositories of images, the roles that AWS's services work in, and GitLab's way
// in. All of it is protected: Pulumi refuses to destroy it.
package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/gitlab"
	"gitlab.com/slipway/slipway/bootstrap/images"
	"gitlab.com/slipway/slipway/bootstrap/leases"
	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/storage"
)

const (
	// keySuffix makes the project's name the alias of the key that encrypts secrets in
	// the state, leasesSuffix that of the table that the commands look for.
	keySuffix, leasesSuffix = "-pulumi", "-leases"
	// stateVersionDays is how long a state can be brought back, in days.
	stateVersionDays = 90
)

// Deploy is the whole program.
func Deploy(ctx *pulumi.Context) error {
	config, err := LoadConfig(ctx)
	if err != nil {
		return err
	}
	if err := protectAndTag(ctx, config); err != nil {
		return err
	}
	if err := createLinkedRoles(ctx, config.Project); err != nil {
		return err
	}
	account, err := policy.LookupAccount(ctx)
	if err != nil {
		return err
	}
	secrets, err := key.New(ctx, "pulumi", &key.Args{
		Description: "Secrets in the state of Pulumi's stacks",
		Alias:       config.Project + keySuffix,
		Scope: &key.Scope{
			Project: account.GlobalARN("iam", "role/"+config.Project+"/*"),
			Own:     account.GlobalARN("iam", "role/"+config.Project+"/pipeline/*"),
		},
	})
	if err != nil {
		return err
	}
	state, err := storage.New(ctx, "state", &storage.Args{BucketName: config.StateBucket, OldVersionDays: stateVersionDays})
	if err != nil {
		return err
	}
	table, err := leases.New(ctx, config.Project+leasesSuffix)
	if err != nil {
		return err
	}
	for repository, args := range map[string]*images.Args{
		config.Project:                      {PullAccounts: config.PullAccounts},
		config.Project + images.GuestSuffix: {},
	} {
		if _, err := images.New(ctx, repository, args); err != nil {
			return err
		}
	}
	access, err := gitlab.New(ctx, "gitlab", &gitlab.Args{
		Issuer:  config.GitLab,
		Account: account,
		State: gitlab.State{
			Project: config.Project, ImageAccount: config.ImageAccount,
			BucketARN: state.ARN, TableARN: table.ARN, KeyARN: secrets.ARN,
		},
		Environments: config.Environments,
	})
	if err != nil {
		return err
	}
	ctx.Export("stateBucket", state.Bucket)
	ctx.Export("backendUrl", pulumi.Sprintf("s3://%s?region=%s", state.Bucket, account.Region))
	ctx.Export("secretsProvider", pulumi.Sprintf("awskms://alias/%s%s?region=%s", config.Project, keySuffix, account.Region))
	ctx.Export("leaseTable", table.Name)
	ctx.Export("providerArn", access.ProviderARN)
	for _, environment := range slices.Sorted(maps.Keys(config.Environments)) {
		roles := access.Roles[environment]
		for what, arn := range roles.ARNs {
			ctx.Export(environment+strings.ToUpper(what[:1])+what[1:]+"RoleArn", arn)
		}
		ctx.Export(environment+"PermissionsBoundary", pulumi.String(roles.BoundaryName))
	}
	return nil
}

// protectAndTag has Pulumi refuse to delete anything, and marks everything.
func protectAndTag(ctx *pulumi.Context, config *Config) error {
	tags := pulumi.StringMap{"project": pulumi.String(gitlab.Owner(config.Project)), "owner": pulumi.String(config.Owner)}
	err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		tag(args.Props, tags)
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(slices.Clone(args.Opts), pulumi.Protect(true))}
	})
	if err != nil {
		return fmt.Errorf("protect everything: %w", err)
	}
	return nil
}
