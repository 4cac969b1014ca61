package gitlab

import (
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/images"
	"gitlab.com/slipway/slipway/components/policy"
)

// environmentPolicies writes the policies of one environment. Its resources are
// told by their tags, and by the name that the program gives them, which begins
// with the project's and the environment's.
type environmentPolicies struct {
	Environment
	name    string
	account *policy.Account
	state   State
}

// conditions are operator -> key -> value.
type conditions = map[string]map[string]pulumi.StringInput

var everything = []pulumi.StringInput{pulumi.String("*")}

// guest reports whether the environment is in another's network, and stands for
// many stacks.
func (e *environmentPolicies) guest() bool { return e.SharedNetwork != "" }

// stack is the name of the stack, or the pattern of the names.
func (e *environmentPolicies) stack() string {
	if e.guest() {
		return e.name + "-*"
	}
	return e.name
}

// prefix begins the names of the environment's resources.
func (e *environmentPolicies) prefix() string { return e.state.Project + "-" + e.name }

// pipelineName is the name of something of the pipeline's, which is in pipelinePath.
func (e *environmentPolicies) pipelineName(what string) string {
	return e.state.Project + "-" + pipeline + "-" + e.name + "-" + what
}

func (e *environmentPolicies) pipelinePath() string {
	return "/" + e.state.Project + "/" + pipeline + "/"
}

// boundary is the boundary's name with its path, as the stack's file has it.
func (e *environmentPolicies) boundaryName() string {
	return strings.TrimPrefix(e.pipelinePath(), "/") + e.pipelineName("boundary")
}

func (e *environmentPolicies) boundaryARN() pulumi.String {
	return e.account.GlobalARN("iam", "policy/"+e.boundaryName())
}

// roles are the ARNs of the stack's own roles. A slash ends the stack's name, so that
// none begins another's.
func (e *environmentPolicies) roles() []pulumi.StringInput {
	return []pulumi.StringInput{e.account.GlobalARN("iam", "role/"+e.state.Project+"/"+e.stack()+"/*")}
}

// arn is the ARNs of the environment's resources in a service: %s stands for
// the environment's prefix and what follows.
func (e *environmentPolicies) arn(service string, resources ...string) []pulumi.StringInput {
	found := make([]pulumi.StringInput, 0, len(resources))
	for _, resource := range resources {
		found = append(found, e.account.ARN(service, strings.ReplaceAll(resource, "%s", e.prefix()+"-*")))
	}
	return found
}

// kinds are the ARNs of all resources of these kinds in a service: AWS makes their
// names, only tags tell whose they are.
func (e *environmentPolicies) kinds(service string, kinds ...string) []pulumi.StringInput {
	found := make([]pulumi.StringInput, 0, len(kinds))
	for _, kind := range kinds {
		found = append(found, e.account.ARN(service, kind+"/*"))
	}
	return found
}

// repositories are the ARNs of the repositories whose images the environment runs.
func (e *environmentPolicies) repositories() []pulumi.StringInput {
	name := e.state.Project
	if e.guest() {
		name += images.GuestSuffix
	}
	return []pulumi.StringInput{e.account.ARN("ecr", "repository/"+name), e.account.ARN("ecr", "repository/"+name+images.CacheSuffix)}
}

// sources are the repositories whose images the environment runs, those of another
// account too.
func (e *environmentPolicies) sources() []pulumi.StringInput {
	if e.state.ImageAccount == "" || e.guest() {
		return e.repositories()
	}
	return append(e.repositories(), pulumi.String(fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", e.account.Partition, e.account.Region, e.state.ImageAccount, e.state.Project)))
}

// buckets are the ARNs of the environment's buckets and, after suffix, of their
// objects.
func (e *environmentPolicies) buckets(suffix string) []pulumi.StringInput {
	return []pulumi.StringInput{pulumi.String(fmt.Sprintf("arn:%s:s3:::%s-*%s", e.account.Partition, e.prefix(), suffix))}
}

// logGroups are the ARNs of the environment's log groups.
func (e *environmentPolicies) logGroups() []pulumi.StringInput {
	return append(e.arn("logs", "log-group:/aws/rds/instance/%s", "log-group:%s", "log-group:aws-waf-logs-%s"),
		e.account.ARN("logs", "log-group:/"+e.state.Project+"/"+e.stack()+"/*"))
}

// equals compares with the stack's name.
func (e *environmentPolicies) equals() string {
	if e.guest() {
		return "StringLike"
	}
	return "StringEquals"
}

// own tells the environment's resources by their tags.
func (e *environmentPolicies) own() conditions { return e.tags(e.equals(), "aws:ResourceTag/") }

// made asks for the environment's tags on what is made.
func (e *environmentPolicies) made() conditions { return e.tags(e.equals(), "aws:RequestTag/") }

// kept asks that tags which are set leave the resource the environment's.
func (e *environmentPolicies) kept() conditions {
	return e.tags(e.equals()+"IfExists", "aws:RequestTag/")
}

func (e *environmentPolicies) tags(operator, key string) conditions {
	return conditions{operator: {key + "project": pulumi.String(e.state.Project), key + "environment": pulumi.String(e.stack())}}
}

// host tells the resources of the environment whose network this one is in.
func (e *environmentPolicies) host() conditions {
	host := e.name
	if e.guest() {
		host = e.SharedNetwork
	}
	return conditions{"StringEquals": {"aws:ResourceTag/project": pulumi.String(e.state.Project), "aws:ResourceTag/environment": pulumi.String(host)}}
}

// unclaimed asks that the resource carries no other's tags: what is just made, whose
// tags some services know already and others not yet.
func (e *environmentPolicies) unclaimed() conditions {
	return e.tags(e.equals()+"IfExists", "aws:ResourceTag/")
}

func is(key, value string) conditions { return conditions{"StringEquals": {key: pulumi.String(value)}} }

// all asks for every one of the conditions.
func all(parts ...conditions) conditions {
	merged := conditions{}
	for _, part := range parts {
		for operator, keys := range part {
			if merged[operator] == nil {
				merged[operator] = map[string]pulumi.StringInput{}
			}
			maps.Copy(merged[operator], keys)
		}
	}
	return merged
}

// stateObjects is what Pulumi reads and writes of a stack.
func (e *environmentPolicies) stateObjects(paths ...string) []pulumi.StringInput {
	var found []pulumi.StringInput
	for _, path := range paths {
		found = append(found, pulumi.Sprintf("%s/.pulumi/%s", e.state.BucketARN, strings.ReplaceAll(path, "%s", e.state.Project+"/"+e.stack())))
	}
	return found
}

// shared is the copy of the stack's state without secrets.
func (e *environmentPolicies) shared() []pulumi.StringInput {
	return []pulumi.StringInput{pulumi.Sprintf("%s/previews/%s/%s.json", e.state.BucketARN, e.state.Project, e.stack())}
}
