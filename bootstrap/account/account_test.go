package account_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/bootstrap/account"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() map[string]string {
	return map[string]string{
		"slipway:project":       "slipway",
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
		"iam.Policy slipway-pipeline-staging-boundary",
		"iam.Role slipway-pipeline-staging-deploy",
		"iam.Role slipway-pipeline-staging-drift",
		"iam.Role slipway-pipeline-staging-preview",
		"iam.Role slipway-pipeline-staging-watch",
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
	for _, area := range []string{
		"deploy-app", "deploy-balancing", "deploy-data", "deploy-groups", "deploy-network", "deploy-read", "deploy-roles", "deploy-settings", "deploy-state",
		"drift-read", "drift-settings", "drift-state", "preview-look", "watch-look",
	} {
		want = append(want, "iam.Policy slipway-pipeline-staging-"+area, "iam.RolePolicyAttachment slipway-pipeline-staging-"+area)
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
	for _, key := range []string{"s3.BucketV2 state", "dynamodb.Table slipway-leases", "kms.Key pulumi", "iam.Role slipway-pipeline-staging-deploy"} {
		if project := got.Get(t, key).Inputs["tags"].ObjectValue()["project"]; project.StringValue() != "slipway-bootstrap" {
			t.Errorf("%s is tagged as an environment's: %v", key, project)
		}
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
	got, err := mocktest.Run(t, "account", config, account.Deploy)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"owner is missing", "environments.Staging!: must be", "gitlab.Issuer.URL", `deploy: "main" must be`} {
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

// An app beside the first has a bootstrap of its own: nothing in the account has two
// owners but GitLab's provider and the roles of AWS's services.
func TestASecondAppHasAnAccountOfItsOwnNames(t *testing.T) {
	named := func(project string) (found []string) {
		config := base()
		config["slipway:project"], config["slipway:stateBucket"] = project, project+"-state"
		for _, made := range mocktest.MustRun(t, "account", config, account.Deploy).All() {
			for _, key := range []resource.PropertyKey{"name", "bucket"} {
				if name := made.Inputs[key]; name.IsString() && made.Type != "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2" {
					found = append(found, made.Type+" "+name.StringValue())
				}
			}
		}
		return found
	}
	first, second := named("slipway"), named("shop")
	if len(first) < 20 || len(first) != len(second) {
		t.Errorf("%d and %d names", len(first), len(second))
	}
	for _, name := range first {
		if slices.Contains(second, name) {
			t.Errorf("%s is a name of both", name)
		}
	}
}

// The state's key is the pipeline's, whatever a role of an environment may do.
func TestTheStatesKeyIsThePipelines(t *testing.T) {
	const project, pipeline = "arn:aws:iam::111122223333:role/slipway/*", "arn:aws:iam::111122223333:role/slipway/pipeline/*"
	mocktest.SameJSON(t, mocktest.MustRun(t, "account", base(), account.Deploy).Get(t, "kms.Key pulumi").Inputs["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[
		{"Sid":"AccountPolicies","Effect":"Allow","Action":["kms:*"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Resource":["*"],"Condition":{"ArnNotLike":{"aws:PrincipalArn":"`+project+`"}}},
		{"Sid":"OwnRoles","Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Resource":["*"],"Condition":{"ArnLike":{"aws:PrincipalArn":"`+pipeline+`"}}}]}`)
}

func TestOtherAccountsRunTheImagesThatTheyMay(t *testing.T) {
	config := base()
	const policy = "ecr.RepositoryPolicy slipway"
	if slices.Contains(mocktest.MustRun(t, "account", config, account.Deploy).Keys(), policy) {
		t.Error("the images are open to others without being asked")
	}
	config["slipway:pullAccounts"] = `["444455556666", "222233334444"]`
	got := mocktest.MustRun(t, "account", config, account.Deploy)
	mocktest.SameJSON(t, got.Get(t, policy).Inputs["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[{"Sid":"PullAccounts","Effect":"Allow",
		"Principal":{"AWS":["arn:aws:iam::222233334444:root","arn:aws:iam::444455556666:root"]},
		"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:DescribeRepositories","ecr:GetDownloadUrlForLayer","ecr:ListTagsForResource"]}]}`)
	for _, resource := range got.All() {
		if resource.Type == "aws:ecr/repositoryPolicy:RepositoryPolicy" && resource.Name != "slipway" {
			t.Errorf("%s is open to others", resource.Name)
		}
	}
	config["slipway:pullAccounts"], config["slipway:imageAccount"] = `["4444"]`, "five"
	_, err := mocktest.Run(t, "account", config, account.Deploy)
	for _, want := range []string{`"4444" is not the 12 digits`, `"five" is not the 12 digits`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// What somebody begins with is right but for its values.
func TestTheCommittedFileIsRight(t *testing.T) {
	config, err := mocktest.StackConfig("..", "account")
	if err != nil {
		t.Fatal(err)
	}
	got := mocktest.MustRun(t, "account", config, account.Deploy, mocktest.Project("slipway-bootstrap"))
	for _, role := range []string{"prod-deploy", "prod-drift", "prod-watch", "prod-preview", "staging-deploy", "staging-drift", "staging-watch", "staging-preview", "review-deploy"} {
		got.Get(t, "iam.Role slipway-pipeline-"+role)
	}
}
