package gitlab_test

import (
	"encoding/json"
	"os"
	"path"
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
		Environments: map[string]gitlab.Environment{
			"prod": {
				Deploy: []string{"branch:main", "tag:v*"}, Preview: []string{"branch:*"},
				Domains: []string{"recipes.example.com"}, Firewall: true, CDN: true,
			},
			"review": {Deploy: []string{"branch:*"}, SharedNetwork: "prod"},
		},
	}
}

func record(t *testing.T, args *gitlab.Args, options ...pulumi.RunOption) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, "account", nil, func(ctx *pulumi.Context) error {
		_, err := gitlab.New(ctx, "gitlab", args)
		return err
	}, options...)
}

// trust is the conditions of who may take a role.
func trust(t *testing.T, got *mocktest.Recording, role string) string {
	t.Helper()
	var parsed struct {
		Statement []struct {
			Action    []string
			Principal map[string][]string
			Condition json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(got.Get(t, "iam.Role "+role).Inputs["assumeRolePolicy"].StringValue()), &parsed); err != nil {
		t.Fatal(err)
	}
	if len(parsed.Statement) != 1 || !slices.Equal(parsed.Statement[0].Action, []string{"sts:AssumeRoleWithWebIdentity"}) || len(parsed.Statement[0].Principal["Federated"]) != 1 {
		t.Fatalf("got %+v", parsed)
	}
	return string(parsed.Statement[0].Condition)
}

// A job chooses its audience, and the issuer is shared: the subject decides, and
// it names the whole project, the ref, and for a deploy the protected environment.
func TestTrustNamesProjectRefAndEnvironment(t *testing.T) {
	const audience, protected = `"gitlab.com:aud":"https://aws.example.com"`, `,"gitlab.com:ref_protected":"true"`
	const project = "project_path:group/recipes:ref_type:"
	got := record(t, base())
	for role, want := range map[string]string{
		"prod-deploy": `{"StringEquals":{` + audience + protected + `},"StringLike":{"gitlab.com:sub":["` +
			project + `branch:ref:main:environment:prod:environment_protected:true","` + project + `tag:ref:v*:environment:prod:environment_protected:true"]}}`,
		"prod-drift":    `{"StringEquals":{` + audience + protected + `},"StringLike":{"gitlab.com:sub":["` + project + `branch:ref:main:*","` + project + `tag:ref:v*"]}}`,
		"prod-watch":    `{"StringEquals":{` + audience + protected + `},"StringLike":{"gitlab.com:sub":["` + project + `branch:ref:main:*","` + project + `tag:ref:v*"]}}`,
		"prod-preview":  `{"StringEquals":{` + audience + `},"StringLike":{"gitlab.com:sub":["` + project + `branch:ref:*"]}}`,
		"review-deploy": `{"StringEquals":{` + audience + `},"StringLike":{"gitlab.com:sub":["` + project + `branch:ref:*"]}}`,
	} {
		mocktest.SameJSON(t, trust(t, got, "slipway-pipeline-"+role), want)
	}
	args := base()
	unprotected := args.Environments["prod"]
	unprotected.Deploy, unprotected.Unprotected = []string{"branch:main"}, true
	args.Environments["prod"] = unprotected
	mocktest.SameJSON(t, trust(t, record(t, args), "slipway-pipeline-prod-deploy"), `{"StringEquals":{`+audience+protected+
		`,"gitlab.com:sub":["`+project+`branch:ref:main:environment:prod:environment_protected:false"]}}`)

	// GitLab before 18.7, on a machine of one's own, of whose claims AWS compares two.
	args.Issuer.WithoutEnvironment, args.Issuer.URL = true, "https://gitlab.example.com"
	for _, role := range []string{"prod-deploy", "prod-drift"} {
		mocktest.SameJSON(t, trust(t, record(t, args), "slipway-pipeline-"+role),
			`{"StringEquals":{"gitlab.example.com:aud":"https://aws.example.com","gitlab.example.com:sub":["`+project+`branch:ref:main"]}}`)
	}
}

// An account has one provider for a GitLab, whoever made it first.
func TestTheAccountsProviderIsUsed(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:oidc-provider/gitlab.com"
	provider := func(owner string, audiences ...any) pulumi.RunOption {
		return mocktest.WithProvider(map[string]any{"arn": arn, "clientIdLists": audiences, "tags": map[string]any{"project": owner}})
	}
	const made = "iam.OpenIdConnectProvider gitlab"
	if keys := record(t, base()).Keys(); !slices.Contains(keys, made) {
		t.Error("an account without one gets none")
	}
	if keys := record(t, base(), provider("slipway-bootstrap")).Keys(); !slices.Contains(keys, made) {
		t.Error("bootstrap has dropped its own when it ran again")
	}
	got := record(t, base(), provider("shop-bootstrap", "https://aws.example.com"))
	if slices.Contains(got.Keys(), made) || !strings.Contains(got.Get(t, "iam.Role slipway-pipeline-prod-deploy").Inputs["assumeRolePolicy"].StringValue(), `"`+arn+`"`) {
		t.Error("another app's provider is not used")
	}
	_, err := mocktest.Run(t, "account", nil, func(ctx *pulumi.Context) error {
		_, err := gitlab.New(ctx, "gitlab", base())
		return err
	}, provider("shop-bootstrap", "https://elsewhere.example.com"))
	if err == nil || !strings.Contains(err.Error(), "does not take the audience https://aws.example.com") {
		t.Errorf("got %v", err)
	}
}

type statement struct {
	Sid, Effect      string
	Action, Resource []string
	Condition        map[string]map[string]any
}

type document struct{ Statement []statement }

// policies are all managed policies, by name.
func policies(t *testing.T, got *mocktest.Recording) map[string]document {
	t.Helper()
	found := map[string]document{}
	for _, resource := range got.All() {
		if !strings.HasPrefix(resource.Key(), "iam.Policy ") {
			continue
		}
		var parsed document
		if err := json.Unmarshal([]byte(resource.Inputs["policy"].StringValue()), &parsed); err != nil {
			t.Fatal(err)
		}
		found[resource.Name] = parsed
	}
	return found
}

// statements are those of a role, or of all roles that begin so.
func statements(t *testing.T, got *mocktest.Recording, role string) (found []statement) {
	t.Helper()
	for name, policy := range policies(t, got) {
		if strings.HasPrefix(name, "slipway-pipeline-"+role) {
			found = append(found, policy.Statement...)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no policy of %s", role)
	}
	return found
}

// With the longest names, in the partition whose ARNs are longest, every policy
// keeps the limits that no account can raise.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestTheLongestNamesKeepIAMsLimits(t *testing.T) {
	args := base()
	args.Account = &policy.Account{Partition: "aws-us-gov", Region: "us-gov-west-1", ID: "111122223333"}
	args.State.Project = "thirteen-long"
	args.State.ImageAccount = "444455556666"
	bucket := "arn:aws-us-gov:s3:::" + strings.Repeat("b", 63)
	args.State.BucketARN = pulumi.String(bucket)
	args.State.TableARN = pulumi.String("arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/thirteen-long-leases")
	args.State.KeyARN = pulumi.String("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/12345678-1234-1234-1234-123456789012")
	args.Issuer.Project = strings.Repeat("group-of-16-long/", 6) + "recipes"
	domains := []string{strings.Repeat("a", 60) + ".example.com", strings.Repeat("b", 60) + ".example.com", strings.Repeat("c", 60) + ".example.com"}
	args.Environments = map[string]gitlab.Environment{
		"thirteen-also": {
			Deploy: []string{"branch:main", "tag:v*", "branch:release-*"}, Preview: []string{"branch:*", "tag:v*"},
			Domains: domains, Firewall: true, CDN: true,
		},
		"thirteen-more": {Deploy: []string{"branch:*"}, SharedNetwork: "thirteen-also"},
	}
	got := record(t, args)
	attached := map[string]int{}
	measured := 0
	for _, resource := range got.All() {
		switch resource.Type {
		case "aws:iam/policy:Policy":
			measured++
			if size := len(resource.Inputs["policy"].StringValue()); size > 6144 {
				t.Errorf("%s has %d characters, IAM takes 6144", resource.Name, size)
			}
			if len(resource.Name) > 128 {
				t.Errorf("%s is longer than 128", resource.Name)
			}
		case "aws:iam/role:Role":
			if len(resource.Name) > 64 {
				t.Errorf("role %s is longer than 64", resource.Name)
			}
			if size := len(resource.Inputs["assumeRolePolicy"].StringValue()); size > 2048 {
				t.Errorf("the trust policy of %s has %d characters, IAM takes 2048", resource.Name, size)
			}
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			attached[resource.Inputs["role"].StringValue()]++
		}
	}
	for role, count := range attached {
		if count > 10 {
			t.Errorf("%s has %d policies, IAM takes 10", role, count)
		}
	}
	if measured < 20 || len(attached) != 5 {
		t.Errorf("%d policies and %d roles were measured", measured, len(attached))
	}
}

// listed is the wildcards that docs/security.md lists.
func listed(action string) bool {
	return slices.ContainsFunc(gitlab.Wildcards, func(w gitlab.Wildcard) bool {
		return slices.ContainsFunc(w.Actions, func(pattern string) bool {
			is, err := path.Match(pattern, action)
			return err == nil && is
		})
	})
}

// unbound tells a resource that names neither project nor environment, in a
// statement without a condition on the environment's tags.
func unbound(s statement, resource string) bool {
	for operator, keys := range s.Condition {
		for key := range keys {
			if strings.HasSuffix(operator, "IfExists") {
				continue // what carries no tag passes
			}
			if key == "aws:ResourceTag/environment" || key == "aws:ResourceTag/aws:rds:primaryDBInstanceArn" {
				return false
			}
			// A kind of EC2's that is made: nothing else of it is touched.
			if key == "aws:RequestTag/environment" && resource != "*" && !strings.Contains(resource, ":key/") {
				return false
			}
		}
	}
	for _, own := range []string{"slipway", "arn:aws:s3:::state", "arn:table", "arn:key", "parameter/aws/service/", "aws-service-role/"} {
		if strings.Contains(resource, own) {
			return false
		}
	}
	return true
}

func TestEveryWildcardIsListedWithItsReason(t *testing.T) {
	used := map[string]bool{}
	for name, policy := range policies(t, record(t, base())) {
		for _, statement := range policy.Statement {
			for _, resource := range statement.Resource {
				if !unbound(statement, resource) {
					continue
				}
				for _, action := range statement.Action {
					used[action] = true
					if !listed(action) {
						t.Errorf("%s %s: %s on %s has no reason in Wildcards", name, statement.Sid, action, resource)
					}
				}
			}
		}
	}
	for _, wildcard := range gitlab.Wildcards {
		for _, pattern := range wildcard.Actions {
			found := false
			for action := range used {
				is, err := path.Match(pattern, action)
				found = found || err == nil && is
			}
			if !found {
				t.Errorf("%s has a reason, and stands nowhere with a wildcard", pattern)
			}
		}
	}
}

// What a reader is told is what stands there.
func TestTheDocumentListsTheWildcards(t *testing.T) {
	const file, begin, end = "../../docs/security.md", "<!-- wildcards: written by UPDATE=1 go -C bootstrap test ./gitlab -->\n", "<!-- end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	listed, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		t.Fatalf("%s has no list of wildcards", file)
	}
	want := "\n| actions | what stands instead | why |\n|---|---|---|\n"
	for _, wildcard := range gitlab.Wildcards {
		want += strings.ReplaceAll("| `"+strings.Join(wildcard.Actions, "`, `")+"` | "+wildcard.Instead+" | "+wildcard.Reason+" |\n", "|  |", "| |")
	}
	want += "\n"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		listed = want
	}
	if listed != want {
		t.Errorf("%s lists other wildcards: run UPDATE=1 go -C bootstrap test ./gitlab", file)
	}
}

func TestNoActionIsAWildcardThatChanges(t *testing.T) {
	for name, policy := range policies(t, record(t, base())) {
		for _, statement := range policy.Statement {
			for _, action := range statement.Action {
				if strings.Contains(action, "*") && action != "elasticloadbalancing:Describe*" {
					t.Errorf("%s %s: %s", name, statement.Sid, action)
				}
			}
		}
	}
}

// Every branch may preview: no state but the copy, no key, no secret.
func TestThePreviewRoleReadsNoStateAndNoSecret(t *testing.T) {
	for _, statement := range statements(t, record(t, base()), "prod-preview") {
		for _, action := range statement.Action {
			service, verb, _ := strings.Cut(action, ":")
			reads := strings.HasPrefix(verb, "Describe") || strings.HasPrefix(verb, "List") || strings.HasPrefix(verb, "Get") || verb == "BatchGetImage"
			if !reads || slices.Contains([]string{"kms", "secretsmanager", "dynamodb", "logs", "rds"}, service) {
				t.Errorf("%s: %s", statement.Sid, action)
			}
			if service == "s3" && !slices.Equal(statement.Resource, []string{"arn:aws:s3:::state/previews/slipway/prod.json"}) {
				t.Errorf("%s: %s on %v", statement.Sid, action, statement.Resource)
			}
		}
	}
}

// The nightly job and the one that watches change nothing, and read no secret.
func TestDriftAndWatchChangeNothing(t *testing.T) {
	got := record(t, base())
	for _, statement := range append(statements(t, got, "prod-drift"), statements(t, got, "prod-watch")...) {
		for _, action := range statement.Action {
			_, verb, _ := strings.Cut(action, ":")
			reads := strings.HasPrefix(verb, "Describe") || strings.HasPrefix(verb, "List") || strings.HasPrefix(verb, "Get") || verb == "BatchGetImage" || verb == "ViewBudget"
			if !reads && action != "kms:Decrypt" || action == "secretsmanager:GetSecretValue" {
				t.Errorf("%s: %s", statement.Sid, action)
			}
		}
	}
}

func TestNobodyReadsSecretsToDeploy(t *testing.T) {
	for _, statement := range statements(t, record(t, base()), "prod-deploy") {
		if slices.Contains(statement.Action, "secretsmanager:GetSecretValue") || slices.Contains(statement.Action, "ecs:DeregisterTaskDefinition") {
			t.Errorf("%s: %v", statement.Sid, statement.Action)
		}
	}
}

// Whoever could create a role without the boundary, or change the boundary or the
// pipeline's own roles, could give itself anything.
func TestRolesAreMadeInTheStacksPathAndWithinTheBoundary(t *testing.T) {
	got := record(t, base())
	for environment, own := range map[string]string{"prod": "slipway/prod/*", "review": "slipway/review-*/*"} {
		changes := 0
		for _, statement := range statements(t, got, environment+"-deploy") {
			for _, action := range statement.Action {
				if !strings.HasPrefix(action, "iam:") || strings.HasPrefix(action, "iam:Get") || strings.HasPrefix(action, "iam:List") || action == "iam:CreateServiceLinkedRole" {
					continue
				}
				changes++
				for _, resource := range statement.Resource {
					if !strings.HasSuffix(resource, ":role/"+own) && !strings.HasSuffix(resource, ":instance-profile/"+own) {
						t.Errorf("%s: %s on %s", statement.Sid, action, resource)
					}
				}
				bound := statement.Condition["StringEquals"]["iam:PermissionsBoundary"]
				needs := strings.Contains(action, "Role") && !strings.Contains(action, "InstanceProfile") && !slices.Contains([]string{"iam:TagRole", "iam:UntagRole", "iam:PassRole"}, action)
				if needs && bound != "arn:aws:iam::111122223333:policy/slipway/pipeline/slipway-pipeline-"+environment+"-boundary" {
					t.Errorf("%s: %s without the boundary", statement.Sid, action)
				}
				if slices.Contains([]string{"iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion"}, action) {
					t.Errorf("%s: %s", statement.Sid, action)
				}
			}
		}
		if changes < 10 {
			t.Errorf("%s: only %d actions were looked at", environment, changes)
		}
	}
}

func TestStatementsOfARoleHaveNamesOfTheirOwn(t *testing.T) {
	for _, role := range []string{"prod-deploy", "prod-drift", "prod-preview", "review-deploy"} {
		seen := map[string]bool{}
		for _, statement := range statements(t, record(t, base()), role) {
			if seen[statement.Sid] {
				t.Errorf("%s: two statements are called %s", role, statement.Sid)
			}
			seen[statement.Sid] = true
		}
	}
}

func TestBadArgsAreAllNamed(t *testing.T) {
	args := base()
	args.Issuer = gitlab.Issuer{URL: "http://gitlab.com/", Project: "recipes"}
	args.State.TableARN = nil
	args.Environments = map[string]gitlab.Environment{
		"prod":                {Deploy: []string{"branch:*", "main", "tag:a*b"}, Domains: []string{"Example.com"}},
		"prod-eu":             {Deploy: []string{"branch:main"}},
		"pipeline":            {},
		"Staging":             {Deploy: []string{"branch:main"}},
		"far-too-long-for-it": {Deploy: []string{"branch:main"}},
		"review":              {Deploy: []string{"branch:*"}, SharedNetwork: "nowhere", CDN: true, Preview: []string{"branch:*"}},
	}
	args.State.Project = "slipway-x"
	got, err := mocktest.Run(t, "account", nil, func(ctx *pulumi.Context) error {
		_, err := gitlab.New(ctx, "gitlab", args)
		return err
	})
	if err == nil || len(got.Keys()) != 0 {
		t.Fatalf("got %v, registered %v", err, got.Keys())
	}
	for _, want := range []string{
		"gitlab.Issuer.URL", "gitlab.Issuer.Project", "gitlab.Issuer.Audience", "gitlab.State",
		`environments.prod: deploy: "branch:*" admits every ref`, `deploy: "main" must be`, `deploy: "tag:a*b" must be`,
		`domains: "Example.com" must be`, "environments.prod: begins the name of prod-eu",
		"environments.pipeline: is the pipeline's own place", "environments.pipeline: deploy: name at least one",
		"environments.Staging: must be", "environments.far-too-long-for-it: has with project slipway-x more than the 26",
		`sharedNetwork: "nowhere" is no environment`, "environments.review: domains, firewall and cdn", "environments.review: preview:",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// Every branch may take the role of review environments: the network that they use
// is another's, and so are DNS, the firewall and the CDN.
func TestTheRoleOfAGuestChangesNoNetwork(t *testing.T) {
	changes := func(role string) (found []string) {
		for _, statement := range statements(t, record(t, base()), role) {
			for _, action := range statement.Action {
				_, verb, _ := strings.Cut(action, ":")
				group := strings.Contains(action, "SecurityGroup") || strings.Contains(action, "Tags")
				reads := strings.HasPrefix(verb, "Describe") || strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List")
				service, _, _ := strings.Cut(action, ":")
				if slices.Contains([]string{"ec2", "autoscaling", "route53", "cloudfront", "wafv2", "acm"}, service) && !group && !reads {
					found = append(found, action)
				}
			}
		}
		return found
	}
	if own := changes("prod-deploy"); !slices.Contains(own, "ec2:DeleteVpc") || !slices.Contains(own, "cloudfront:UpdateDistribution") {
		t.Errorf("an environment with a network of its own may %v", own)
	}
	mocktest.Equal(t, "changes", changes("review-deploy"), nil)
}
