package gitlab

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// job is which jobs may take a role.
type job struct {
	refs []string
	// protected asks for refs that GitLab protects, deploys for the environment.
	protected, deploys bool
}

// gitlabCom is the one issuer of whose claims AWS compares more than subject and
// audience. The environment is not among them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
const gitlabCom = "https://gitlab.com"

// trust lets jobs of the project on these refs take a role. The subject has the
// whole path of the project before the ref, and neither refs nor environments can
// have a colon: a * reaches no other part.
func (a *Access) trust(e *environmentPolicies, jobs job) pulumi.StringOutput {
	host := strings.TrimPrefix(a.args.Issuer.URL, "https://")
	equals := map[string]pulumi.StringInput{host + ":aud": pulumi.String(a.args.Issuer.Audience)}
	if jobs.protected && a.args.Issuer.URL == gitlabCom {
		equals[host+":ref_protected"] = pulumi.String("true")
	}
	var subjects []string
	operator := "StringEquals"
	for _, ref := range jobs.refs {
		subject := a.subject(e, jobs, ref)
		if strings.Contains(subject, "*") {
			operator = "StringLike"
		}
		subjects = append(subjects, subject)
	}
	return policy.Document(policy.Statement{
		Sid:        "Jobs",
		Actions:    []string{"sts:AssumeRoleWithWebIdentity"},
		Federated:  []pulumi.StringInput{a.ProviderARN},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": equals},
		AnyOf:      map[string]map[string][]string{operator: {host + ":sub": subjects}},
	})
}

// subject is that of a job's token, by the components that docs/pipeline.md has the
// project set: project_path, ref_type, ref, environment, environment_protected.
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
func (a *Access) subject(e *environmentPolicies, jobs job, ref string) string {
	kind, name, _ := strings.Cut(ref, ":")
	subject := fmt.Sprintf("project_path:%s:ref_type:%s:ref:%s", a.args.Issuer.Project, kind, name)
	switch {
	case a.args.Issuer.WithoutEnvironment:
		return subject
	case jobs.deploys:
		return subject + fmt.Sprintf(":environment:%s:environment_protected:%t", e.name, !e.Unprotected)
	case strings.HasSuffix(name, "*"):
		return subject
	}
	return subject + ":*"
}
