// Package backend reads what Pulumi keeps in an S3 bucket: the state of a stack
// with its older versions, and lock files.
//
// The layout is that of Pulumi's DIY backend with projects
// (https://www.pulumi.com/docs/iac/concepts/state-and-backends/): the state in
// .pulumi/stacks/PROJECT/STACK.json, locks below
// .pulumi/locks/organization/PROJECT/STACK/.
package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"gitlab.com/slipway/slipway/internal/awsconfig"
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
	project, stack, err = split(project, stack)
	if err != nil {
		return nil, err
	}
	return &Backend{Bucket: u.Host, Project: project, Stack: stack, prefix: strings.Trim(u.Path, "/"), client: Client(address, configuration)}, nil
}

// split takes organization and project off a stack's name: Pulumi's S3 backend has
// one organization, and one state whatever the spelling.
func split(project, stack string) (string, string, error) {
	parts := strings.Split(stack, "/")
	switch {
	case len(parts) == 1:
		return project, stack, nil
	case len(parts) == 2 && parts[0] == organization:
		return project, parts[1], nil
	case len(parts) == 3 && parts[0] == organization:
		return parts[1], parts[2], nil
	}
	return "", "", &problem.Problem{What: fmt.Sprintf("%q is no stack's name in an S3 bucket", stack), Todo: "write STACK or organization/PROJECT/STACK"}
}

// organization is the only one that a bucket has.
const organization = "organization"

// Load is the configuration that the state bucket is reached with, as Pulumi does:
// the environment's credentials or the URL's profile, in the URL's region, else the
// environment's, else the one that S3 says the bucket is in. The table of leases is
// beside the bucket.
// https://www.pulumi.com/docs/iac/concepts/state-and-backends/
func Load(ctx context.Context, address string) (aws.Config, error) {
	u, err := url.Parse(address)
	if err != nil {
		u = &url.URL{} // Open says what is wrong.
	}
	query := u.Query()
	loaded, err := awsconfig.Settings{Region: query.Get("region"), Profile: query.Get("profile")}.Load(ctx)
	if err != nil || loaded.Region != "" || u.Host == "" {
		return loaded, err
	}
	loaded.Region, err = locate(ctx, u.Host, loaded)
	return loaded, err
}

// anywhere is a region that answers for buckets of every other one.
const anywhere = "us-east-1"

// locate asks S3 where a bucket is. It says so even to those whom it refuses:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func locate(ctx context.Context, bucket string, configuration aws.Config) (string, error) {
	client := s3.NewFromConfig(configuration, func(o *s3.Options) { o.Region = anywhere })
	found, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	if err == nil {
		return aws.ToString(found.BucketRegion), nil
	}
	var refused *awshttp.ResponseError
	if errors.As(err, &refused) {
		if region := refused.Response.Header.Get("X-Amz-Bucket-Region"); region != "" {
			return region, nil
		}
	}
	return "", &problem.Problem{
		What:  fmt.Sprintf("the region of the state bucket %s is not known", bucket),
		Todo:  "name it in PULUMI_BACKEND_URL, as in s3://" + bucket + "?region=us-east-1",
		Cause: err,
	}
}

// Client is S3 as the URL wants it to be asked.
func Client(address string, configuration aws.Config) *s3.Client {
	return s3.NewFromConfig(configuration, func(o *s3.Options) {
		u, err := url.Parse(address)
		if err != nil {
			return
		}
		query := u.Query()
		o.UsePathStyle, _ = strconv.ParseBool(query.Get("s3ForcePathStyle"))
		o.Region = cmp.Or(query.Get("region"), o.Region)
	})
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
