package gitlab

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/images"
	"gitlab.com/slipway/slipway/components/policy"
)

// environmentPolicies writes the policies of one environment. Its resources are
// told by the name that the program gives them, which begins with the project's
// and the environment's.
type environmentPolicies struct {
	name    string
	account *policy.Account
	state   State
	// guest is in another environment's network.
	guest bool
	// imageAccount is the account of its images, empty for this one. The policy of the
	// repository there lets it pull and no more.
	imageAccount string
}

var everything = []pulumi.StringInput{pulumi.String("*")}

func (e *environmentPolicies) boundaryName() string { return e.prefix() + "-boundary" }

// prefix begins the names of the environment's resources.
func (e *environmentPolicies) prefix() string { return e.state.Project + "-" + e.name }

func (e *environmentPolicies) boundaryARN() pulumi.String {
	return e.account.GlobalARN("iam", "policy/"+e.boundaryName())
}

// arn is the ARNs of the environment's resources in a service; own stands for
// the environment's prefix and what follows.
func (e *environmentPolicies) arn(service string, resources ...string) []pulumi.StringInput {
	found := make([]pulumi.StringInput, 0, len(resources))
	for _, resource := range resources {
		found = append(found, e.account.ARN(service, fmt.Sprintf(resource, e.prefix()+"-*")))
	}
	return found
}

// repositories are the ARNs of the repositories whose images the environment runs.
func (e *environmentPolicies) repositories() []pulumi.StringInput {
	name := e.state.Project
	if e.imageAccount != "" {
		other := policy.Account{Partition: e.account.Partition, Region: e.account.Region, ID: e.imageAccount}
		return []pulumi.StringInput{other.ARN("ecr", "repository/"+name)}
	}
	if e.guest {
		name += images.GuestSuffix
	}
	return []pulumi.StringInput{e.account.ARN("ecr", "repository/"+name), e.account.ARN("ecr", "repository/"+name+images.CacheSuffix)}
}

func (e *environmentPolicies) globalARN(service string, resources ...string) []pulumi.StringInput {
	found := make([]pulumi.StringInput, 0, len(resources))
	for _, resource := range resources {
		found = append(found, e.account.GlobalARN(service, fmt.Sprintf(resource, e.prefix()+"-*")))
	}
	return found
}

// buckets are the ARNs of the environment's buckets and, after suffix, of their
// objects.
func (e *environmentPolicies) buckets(suffix string) []pulumi.StringInput {
	return []pulumi.StringInput{pulumi.String(fmt.Sprintf("arn:%s:s3:::%s-*%s", e.account.Partition, e.prefix(), suffix))}
}

// inRegion limits what AWS can't tell by name to the region.
func (e *environmentPolicies) inRegion() map[string]map[string]pulumi.StringInput {
	return is("aws:RequestedRegion", pulumi.String(e.account.Region))
}

func is(key string, value pulumi.StringInput) map[string]map[string]pulumi.StringInput {
	return condition("StringEquals", key, value)
}

// tagged tells the environment's resources by their tags.
func (e *environmentPolicies) tagged() map[string]map[string]pulumi.StringInput {
	return map[string]map[string]pulumi.StringInput{
		"StringEquals": {"aws:ResourceTag/project": pulumi.String(e.state.Project)},
		"StringLike":   {"aws:ResourceTag/environment": pulumi.String(e.name + "*")},
	}
}

func condition(operator, key string, value pulumi.StringInput) map[string]map[string]pulumi.StringInput {
	return map[string]map[string]pulumi.StringInput{operator: {key: value}}
}

// stateObjects is what Pulumi reads and writes of a stack.
func (e *environmentPolicies) stateObjects(kinds ...string) []pulumi.StringInput {
	var found []pulumi.StringInput
	for _, kind := range kinds {
		found = append(found, pulumi.Sprintf("%s/.pulumi/%s/%s*", e.state.BucketARN, kind, e.stackPath(kind)))
	}
	return found
}

func (e *environmentPolicies) stackPath(kind string) string {
	path := e.state.Project + "/" + e.name
	if kind == "locks" {
		return "organization/" + path
	}
	return path
}
