package account_test

import (
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/bootstrap/account"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() map[string]string {
	return map[string]string{
		"slipway:owner":         "platform-team",
		"slipway:stateBucket":   "example-state",
		"slipway:gitlabUrl":     "https://gitlab.com",
		"slipway:gitlabProject": "group/recipes",
		"slipway:audience":      "https://gitlab.com",
		"slipway:environments":  `{"staging": {"deploy": ["branch:main"], "preview": ["branch:*"]}}`,
	}
}

func TestTheAccount(t *testing.T) {
	got := mocktest.MustRun(t, "account", base(), account.Deploy)
	want := []string{
		"dynamodb.Table slipway-leases",
		"ecr.LifecyclePolicy slipway",
		"ecr.LifecyclePolicy slipway-cache",
		"ecr.LifecyclePolicy slipway-guest",
		"ecr.LifecyclePolicy slipway-guest-cache",
		"ecr.Repository slipway",
		"ecr.Repository slipway-cache",
		"ecr.Repository slipway-guest",
		"ecr.Repository slipway-guest-cache",
		"gitlab.Access gitlab",
		"images.Repository slipway",
		"images.Repository slipway-guest",
		"iam.OpenIdConnectProvider gitlab",
		"iam.Policy slipway-staging-boundary",
		"iam.Role slipway-staging-deploy",
		"iam.Role slipway-staging-preview",
		"iam.ServiceLinkedRole autoscaling.amazonaws.com",
		"iam.ServiceLinkedRole ecs.amazonaws.com",
		"iam.ServiceLinkedRole ecs.application-autoscaling.amazonaws.com",
		"iam.ServiceLinkedRole elasticloadbalancing.amazonaws.com",
		"key.Key pulumi",
		"kms.Alias pulumi",
		"kms.Key pulumi",
		"leases.Table slipway-leases",
		"s3.BucketLifecycleConfigurationV2 state-lifecycle",
		"s3.BucketOwnershipControls state-ownership",
		"s3.BucketPolicy state-tls",
		"s3.BucketPublicAccessBlock state-private",
		"s3.BucketServerSideEncryptionConfigurationV2 state-encryption",
		"s3.BucketV2 state",
		"s3.BucketVersioningV2 state-versions",
		"storage.Storage state",
	}
	for _, area := range []string{"deploy-app", "deploy-data", "deploy-edge", "deploy-look", "deploy-network", "deploy-observability", "deploy-roles", "deploy-state", "preview-look", "preview-read"} {
		want = append(want, "iam.Policy slipway-staging-"+area, "iam.RolePolicyAttachment slipway-staging-"+area)
	}
	slices.Sort(want)
	mocktest.Equal(t, "resources", got.Keys(), want)
	got.CheckParents(t, "gitlab.Access gitlab", "images.Repository slipway", "images.Repository slipway-guest", "key.Key pulumi", "leases.Table slipway-leases", "storage.Storage state",
		"iam.ServiceLinkedRole autoscaling.amazonaws.com", "iam.ServiceLinkedRole ecs.amazonaws.com",
		"iam.ServiceLinkedRole ecs.application-autoscaling.amazonaws.com", "iam.ServiceLinkedRole elasticloadbalancing.amazonaws.com")
}

// The role that something else has made, that of RDS here, is left to it; those
// that bootstrap has made, that of ECS here, stay its own when it runs again. None
// goes with it.
func TestLinkedRolesAreMadeOnceForAnAccount(t *testing.T) {
	roles := 0
	for _, resource := range mocktest.MustRun(t, "account", base(), account.Deploy).All() {
		if resource.Type != "aws:iam/serviceLinkedRole:ServiceLinkedRole" {
			continue
		}
		roles++
		if resource.Name == "rds.amazonaws.com" || resource.Inputs["awsServiceName"].StringValue() != resource.Name || !resource.Retained ||
			!slices.Equal(resource.IgnoreChanges, []string{"description"}) {
			t.Errorf("%s of %v, retained %v, ignored %v", resource.Key(), resource.Inputs["awsServiceName"], resource.Retained, resource.IgnoreChanges)
		}
	}
	if roles != 4 {
		t.Errorf("%d roles", roles)
	}
}

func TestEverythingIsProtectedAndTagged(t *testing.T) {
	got := mocktest.MustRun(t, "account", base(), account.Deploy)
	for _, resource := range got.All() {
		if resource.Custom && !resource.Protected {
			t.Errorf("%s is not protected", resource.Key())
		}
	}
	for _, key := range []string{"s3.BucketV2 state", "dynamodb.Table slipway-leases", "kms.Key pulumi", "iam.Role slipway-staging-deploy"} {
		if owner := got.Get(t, key).Inputs["tags"].ObjectValue()["owner"]; owner.StringValue() != "platform-team" {
			t.Errorf("%s is not tagged: %v", key, owner)
		}
	}
}

func TestTheTableCanBeBroughtBack(t *testing.T) {
	table := mocktest.MustRun(t, "account", base(), account.Deploy).Get(t, "dynamodb.Table slipway-leases").Inputs
	if table["billingMode"].StringValue() != "PAY_PER_REQUEST" || !table["deletionProtectionEnabled"].BoolValue() ||
		!table["pointInTimeRecovery"].ObjectValue()["enabled"].BoolValue() || table["hashKey"].StringValue() != "stack" {
		t.Errorf("got %v", table)
	}
}

func TestBadConfigurationNamesEveryKey(t *testing.T) {
	config := base()
	delete(config, "slipway:owner")
	config["slipway:environments"] = `{"Staging!": {"deploy": ["main"], "preview": ["branch:*"]}}`
	config["slipway:gitlabUrl"] = "gitlab.com"
	config["slipway:pullAccounts"] = `["222233334444", "prod", "222233334444"]`
	got, err := mocktest.Run(t, "account", config, account.Deploy)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"owner is missing", `"Staging!" must be`, "gitlab.Issuer.URL", `deploy: "main" must be`,
		`pullAccounts: "prod" is not the number of an AWS account`, `pullAccounts: "222233334444" is given twice`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if keys := got.Keys(); len(keys) != 0 {
		t.Errorf("registered %v", keys)
	}
}

func TestTheRepositories(t *testing.T) {
	got := mocktest.MustRun(t, "account", base(), account.Deploy)
	const images = `{"rules":[{"rulePriority":1,"description":"Keep the last 500 images","action":{"type":"expire"},` +
		`"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":500}}]}`
	const cache = `{"rules":[{"rulePriority":1,"description":"Drop what is replaced after 14 days","action":{"type":"expire"},` +
		`"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14}}]}`
	for name, want := range map[string]struct {
		mutability string
		scan       bool
		policy     string
	}{
		"slipway":             {"IMMUTABLE", true, images},
		"slipway-cache":       {"MUTABLE", false, cache},
		"slipway-guest":       {"IMMUTABLE", true, images},
		"slipway-guest-cache": {"MUTABLE", false, cache},
	} {
		repository := got.Get(t, "ecr.Repository "+name).Inputs
		if repository["name"].StringValue() != name || repository["imageTagMutability"].StringValue() != want.mutability ||
			repository["imageScanningConfiguration"].ObjectValue()["scanOnPush"].BoolValue() != want.scan {
			t.Errorf("%s: got %v", name, repository)
		}
		mocktest.SameJSON(t, got.Get(t, "ecr.LifecyclePolicy "+name).Inputs["policy"].StringValue(), want.policy)
	}
}

// Another account finds and pulls the images of protected branches, and nothing else.
func TestOtherAccountsMayPullTheImages(t *testing.T) {
	config := base()
	config["slipway:pullAccounts"] = `["222233334444", "333344445555"]`
	got := mocktest.MustRun(t, "account", config, account.Deploy)
	mocktest.SameJSON(t, got.Get(t, "ecr.RepositoryPolicy slipway").Inputs["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[{
		"Sid":"Promote","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222233334444:root","arn:aws:iam::333344445555:root"]},
		"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:DescribeRepositories","ecr:GetDownloadUrlForLayer"]}]}`)
	for _, key := range got.Keys() {
		if strings.HasPrefix(key, "ecr.RepositoryPolicy ") && key != "ecr.RepositoryPolicy slipway" {
			t.Errorf("%s is registered", key)
		}
	}
	config["slipway:pullAccounts"] = `[222233334444]`
	if _, err := mocktest.Run(t, "account", config, account.Deploy); err == nil || !strings.Contains(err.Error(), `such as ["111122223333"]`) {
		t.Errorf("got %v", err)
	}
}
