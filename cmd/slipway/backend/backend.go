// Package backend reads what Pulumi keeps in an S3 bucket: the state of a stack
// with its older versions, and lock files.
//
// The layout is that of Pulumi's DIY backend with projects
// (https://www.pulumi.com/docs/iac/concepts/state-and-backends/): the state in
// .pulumi/stacks/PROJECT/STACK.json, locks below
// .pulumi/locks/organization/PROJECT/STACK/.
package backend

import (
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"gitlab.com/slipway/slipway/internal/problem"
)

// Backend is one stack's part of a state bucket.
type Backend struct {
	// Bucket is the bucket's name.
	Bucket string
	// Project and Stack name the stack.
	Project, Stack string

	prefix string
	client *s3.Client
}

// Open prepares for one stack's part of the bucket that Pulumi's backend URL
// names. It asks AWS nothing.
func Open(address, project, stack string, configuration aws.Config) (*Backend, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, &problem.Problem{
			What: fmt.Sprintf("PULUMI_BACKEND_URL is %q, not an S3 bucket", address),
			Todo: "set it to the state bucket, for example s3://NAME?region=us-east-1 (make bootstrap prints it)",
		}
	}
	query := u.Query()
	pathStyle, _ := strconv.ParseBool(query.Get("s3ForcePathStyle"))
	client := s3.NewFromConfig(configuration, func(o *s3.Options) {
		o.UsePathStyle = pathStyle
		if region := query.Get("region"); region != "" {
			o.Region = region
		}
	})
	return &Backend{Bucket: u.Host, Project: project, Stack: stack, prefix: strings.Trim(u.Path, "/"), client: client}, nil
}

// Name is the stack's name in the bucket, with its project.
func (b *Backend) Name() string { return b.Project + "/" + b.Stack }

// StateKey is the key of the state.
func (b *Backend) StateKey() string { return b.statePrefix() + b.Stack + stateSuffix }

// statePrefix and stateSuffix are what the states of all stacks of the project have.
func (b *Backend) statePrefix() string {
	return path.Join(b.prefix, ".pulumi", "stacks", b.Project) + "/"
}

const stateSuffix = ".json"

func (b *Backend) lockPrefix() string {
	return path.Join(b.prefix, ".pulumi", "locks", "organization", b.Project, b.Stack) + "/"
}
