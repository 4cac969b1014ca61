package gitlab_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/gitlab"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *gitlab.Args {
	return &gitlab.Args{
		Issuer:  gitlab.Issuer{URL: "https://gitlab.com", Project: "group/recipes", Audience: "https://aws.example.com"},
		Account: &policy.Account{Partition: "aws", Region: "us-east-1", ID: "111122223333"},
		State: gitlab.State{
			Project: "slipway", BucketARN: pulumi.String("arn:aws:s3:::state"), TableARN: pulumi.String("arn:table"), KeyARN: pulumi.String("arn:key"),
		},
		Refs: map[string]gitlab.Refs{"prod": {Deploy: []string{"branch:main", "tag:v*"}, Preview: []string{"branch:*"}}},
	}
}

func record(t *testing.T, args *gitlab.Args) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, "account", nil, func(ctx *pulumi.Context) error {
		_, err := gitlab.New(ctx, "gitlab", args)
		return err
	})
}

// A job chooses its audience, and the issuer is shared: the subject decides, and
// it names the whole project.
func TestTrustNamesProjectAndRef(t *testing.T) {
	got := record(t, base())
	statement := func(sid, conditions string) string {
		return `{"Sid":"` + sid + `","Effect":"Allow","Action":["sts:AssumeRoleWithWebIdentity"],"Principal":{"Federated":["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]},"Condition":` + conditions + `}`
	}
	provider := got.Get(t, "iam.OpenIdConnectProvider gitlab")
	arn := provider.Outputs["arn"].StringValue()
	trust := func(role string) string {
		return strings.ReplaceAll(got.Get(t, "iam.Role "+role).Inputs["assumeRolePolicy"].StringValue(), arn, "arn:aws:iam::111122223333:oidc-provider/gitlab.com")
	}
	mocktest.SameJSON(t, trust("slipway-prod-deploy"), `{"Version":"2012-10-17","Statement":[`+
		statement("Jobs1", `{"StringEquals":{"gitlab.com:aud":"https://aws.example.com","gitlab.com:sub":"project_path:group/recipes:ref_type:branch:ref:main"}}`)+`,`+
		statement("Jobs2", `{"StringEquals":{"gitlab.com:aud":"https://aws.example.com"},"StringLike":{"gitlab.com:sub":"project_path:group/recipes:ref_type:tag:ref:v*"}}`)+`]}`)
	mocktest.SameJSON(t, trust("slipway-prod-preview"), `{"Version":"2012-10-17","Statement":[`+
		statement("Jobs1", `{"StringEquals":{"gitlab.com:aud":"https://aws.example.com"},"StringLike":{"gitlab.com:sub":"project_path:group/recipes:ref_type:branch:ref:*"}}`)+`]}`)
}

type document struct {
	Statement []struct {
		Sid, Effect      string
		Action, Resource []string
		Condition        map[string]map[string]string
	}
}

// policies are all managed policies, by name.
func policies(t *testing.T, got *mocktest.Recording) map[string]document {
	t.Helper()
	found := map[string]document{}
	for _, resource := range got.All() {
		if !strings.HasPrefix(resource.Key(), "iam.Policy ") {
			continue
		}
		text := resource.Inputs["policy"].StringValue()
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
		if size := len(text); size > 6144 {
			t.Errorf("%s has %d characters, IAM takes 6144", resource.Name, size)
		}
		var parsed document
		if err := json.Unmarshal([]byte(text), &parsed); err != nil {
			t.Fatal(err)
		}
		found[resource.Name] = parsed
	}
	return found
}

func TestNoPolicyHasAWildcardThatChanges(t *testing.T) {
	reads := regexp.MustCompile(`^[a-z0-9-]+:(Describe|Get|List)[A-Za-z]*\*$`)
	for name, policy := range policies(t, record(t, base())) {
		for _, statement := range policy.Statement {
			for _, action := range statement.Action {
				if strings.Contains(action, "*") && !reads.MatchString(action) {
					t.Errorf("%s %s: %s", name, statement.Sid, action)
				}
			}
		}
	}
}

func TestThePreviewRoleReadsOnlyAndNoSecret(t *testing.T) {
	allowed := regexp.MustCompile(`^[a-z0-9-]+:(BatchGet|Describe|Get|List|View)`)
	for name, policy := range policies(t, record(t, base())) {
		if !strings.Contains(name, "-preview-") {
			continue
		}
		for _, statement := range policy.Statement {
			for _, action := range statement.Action {
				isStateSecret := statement.Sid == "StateSecrets" && action == "kms:Decrypt"
				if !allowed.MatchString(action) && !isStateSecret || action == "secretsmanager:GetSecretValue" {
					t.Errorf("%s %s: %s", name, statement.Sid, action)
				}
			}
		}
	}
}

// The pipeline's roles have the prefix of the environment's: a deploy role that
// could write them could give itself anything.
func TestTheDeployRoleCannotWriteThePipelinesRoles(t *testing.T) {
	for _, role := range []string{"deploy", "preview"} {
		own := "arn:aws:iam::111122223333:role/slipway-prod-" + role
		allowed, denied := map[string]bool{}, map[string]bool{}
		for name, policy := range policies(t, record(t, base())) {
			if !strings.HasPrefix(name, "slipway-prod-deploy-") {
				continue
			}
			for _, statement := range policy.Statement {
				for _, action := range statement.Action {
					writes := !strings.HasPrefix(action, "iam:Get") && !strings.HasPrefix(action, "iam:List")
					switch {
					case !strings.HasPrefix(action, "iam:") || !writes:
					case statement.Effect == "Deny" && slices.Contains(statement.Resource, own):
						denied[action] = true
					case slices.Contains(statement.Resource, "arn:aws:iam::111122223333:role/slipway-prod-*"):
						allowed[action] = true
					}
				}
			}
		}
		if len(allowed) < 5 {
			t.Errorf("only %d actions were looked at", len(allowed))
		}
		for action := range allowed {
			if !denied[action] && !strings.Contains(action, "InstanceProfile") {
				t.Errorf("the deploy role may %s on %s", action, own)
			}
		}
	}
}

// Whoever could create a role without the boundary, or change the boundary, could
// give itself anything.
func TestRolesAreCreatedWithinTheBoundaryOnly(t *testing.T) {
	for name, policy := range policies(t, record(t, base())) {
		for _, statement := range policy.Statement {
			if statement.Effect == "Deny" {
				continue
			}
			for _, action := range statement.Action {
				switch {
				case action == "iam:CreateRole" || action == "iam:PutRolePermissionsBoundary":
					if statement.Condition["StringEquals"]["iam:PermissionsBoundary"] != "arn:aws:iam::111122223333:policy/slipway-prod-boundary" {
						t.Errorf("%s %s: %s without the boundary", name, statement.Sid, action)
					}
				case strings.HasPrefix(action, "iam:") && (strings.Contains(action, "Policy") || strings.Contains(action, "User")) &&
					!strings.HasPrefix(action, "iam:Get") && !strings.HasPrefix(action, "iam:List"):
					if action != "iam:DeleteRolePolicy" && action != "iam:PutRolePolicy" && action != "iam:UpdateAssumeRolePolicy" {
						t.Errorf("%s %s: %s", name, statement.Sid, action)
					}
				case action == "iam:DeleteRolePermissionsBoundary":
					t.Errorf("%s %s: %s", name, statement.Sid, action)
				}
				if strings.HasPrefix(action, "iam:") && statement.Sid != "Look" {
					for _, resource := range statement.Resource {
						if !strings.Contains(resource, "/slipway-prod-*") && !strings.Contains(resource, "aws-service-role/") {
							t.Errorf("%s %s: %s on %s", name, statement.Sid, action, resource)
						}
					}
				}
			}
		}
	}
}

func TestStatementsOfARoleHaveNamesOfTheirOwn(t *testing.T) {
	for _, role := range []string{"slipway-prod-deploy-", "slipway-prod-preview-"} {
		seen := map[string]string{}
		for name, policy := range policies(t, record(t, base())) {
			for _, statement := range policy.Statement {
				if strings.HasPrefix(name, role) {
					if other, taken := seen[statement.Sid]; taken {
						t.Errorf("%s is in %s and %s", statement.Sid, other, name)
					}
					seen[statement.Sid] = name
				}
			}
		}
	}
}

func TestBadArgsAreAllNamed(t *testing.T) {
	args := base()
	args.Issuer = gitlab.Issuer{URL: "http://gitlab.com/", Project: "recipes"}
	args.Refs["prod"] = gitlab.Refs{Deploy: []string{"branch:*", "main", "tag:a*b"}}
	args.State.TableARN = nil
	got, err := mocktest.Run(t, "account", nil, func(ctx *pulumi.Context) error {
		_, err := gitlab.New(ctx, "gitlab", args)
		return err
	})
	if err == nil || len(got.Keys()) != 0 {
		t.Fatalf("got %v, registered %v", err, got.Keys())
	}
	for _, want := range []string{
		"gitlab.Issuer.URL", "gitlab.Issuer.Project", "gitlab.Issuer.Audience", "gitlab.State",
		`deploy: "branch:*" admits every ref`, `deploy: "main" must be`, `deploy: "tag:a*b" must be`, "preview: name at least one",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// Environment review stands for the stacks review-1, review-2 and so on.
func TestADeployRoleIsForTheStacksOfItsEnvironment(t *testing.T) {
	var groups, tags []string
	for _, policy := range policies(t, record(t, base())) {
		for _, statement := range policy.Statement {
			switch statement.Sid {
			case "LogGroups":
				groups = append(groups, statement.Resource...)
			case "UseKeys":
				tags = append(tags, statement.Condition["StringLike"]["aws:ResourceTag/environment"])
			}
		}
	}
	for _, own := range []string{"/slipway/prod/app", "/slipway/prod-7/app", "/slipway/prod-7/app/exec", "/aws/rds/instance/slipway-prod-7-database/postgresql", "slipway-prod-7-network-flow"} {
		if !slices.ContainsFunc(groups, func(pattern string) bool {
			_, name, _ := strings.Cut(pattern, ":log-group:")
			return strings.HasPrefix(own, strings.TrimSuffix(name, "*"))
		}) {
			t.Errorf("log group %s is not among %v", own, groups)
		}
	}
	mocktest.Equal(t, "tags", tags, []string{"prod*"})
}

// Every branch may take the role of review environments: the network that they use
// is staging's.
func TestTheRoleOfAGuestChangesNoNetwork(t *testing.T) {
	args := base()
	changes := func() (found []string) {
		for _, policy := range policies(t, record(t, args)) {
			for _, statement := range policy.Statement {
				for _, action := range statement.Action {
					group := strings.Contains(action, "SecurityGroup") || strings.Contains(action, "Tags")
					if strings.HasPrefix(action, "ec2:") && !strings.HasPrefix(action, "ec2:Describe") && !group || strings.HasPrefix(action, "autoscaling:Create") {
						found = append(found, action)
					}
				}
			}
		}
		return found
	}
	if !slices.Contains(changes(), "ec2:DeleteVpc") || !slices.Contains(changes(), "autoscaling:CreateAutoScalingGroup") {
		t.Errorf("an environment with a network of its own may %v", changes())
	}
	refs := args.Refs["prod"]
	refs.SharedNetwork = true
	args.Refs["prod"] = refs
	mocktest.Equal(t, "changes", changes(), nil)
}

// An environment that runs another account's images may look for them there.
func TestImagesOfAnotherAccountAreLookedForThere(t *testing.T) {
	args := base()
	refs := args.Refs["prod"]
	refs.ImageAccount = "222233334444"
	args.Refs["prod"] = refs
	got := record(t, args)
	for _, name := range []string{"iam.Policy slipway-prod-deploy-app", "iam.Policy slipway-prod-preview-read"} {
		if text := got.Get(t, name).Inputs["policy"].StringValue(); !strings.Contains(text, `"arn:aws:ecr:us-east-1:222233334444:repository/slipway"`) || strings.Contains(text, "111122223333:repository/") {
			t.Errorf("%s: %s", name, text)
		}
	}
	refs.ImageAccount = "staging"
	if err := gitlab.ValidateRefs(map[string]gitlab.Refs{"prod": refs}); err == nil || !strings.Contains(err.Error(), `prod: imageAccount: "staging" is not`) {
		t.Errorf("got %v", err)
	}
}
