package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// State is what commands need of a stack's state.
type State struct {
	// Resources are those that Pulumi manages.
	Resources []Resource `json:"resources"`
	// Pending are operations that were begun and whose end was not recorded.
	Pending []Operation `json:"pending_operations"`
}

// Resource is one resource of a state.
type Resource struct {
	URN     string         `json:"urn"`
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// Operation is an operation under way.
type Operation struct {
	// Type is "creating", "updating", "deleting", "reading" or "importing".
	Type     string   `json:"type"`
	Resource Resource `json:"resource"`
}

// Version is one version of a state in the bucket.
type Version struct {
	ID   string
	Time time.Time
	// Size is in bytes.
	Size int64
	// Latest is what Pulumi works with; Deleted that there is no state, since then.
	Latest, Deleted bool
}

// Check fails when the bucket can't be used, which is better known before
// anything is changed.
func (b *Backend) Check(ctx context.Context) error {
	if _, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.Bucket}); err != nil {
		return &problem.Problem{
			What:  fmt.Sprintf("the state bucket %s can't be reached, nothing was changed", b.Bucket),
			Todo:  "see that it exists (make bootstrap) and that you may use it, then repeat",
			Cause: err,
		}
	}
	return nil
}

// State reads the state; nil when there is none.
func (b *Backend) State(ctx context.Context) (*State, error) {
	state, err := b.read(ctx, "")
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, nil
	}
	return state, err
}

// read reads a version of the state, the latest without one.
func (b *Backend) read(ctx context.Context, version string) (*State, error) {
	object, err := b.get(ctx, b.StateKey(), version)
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", b.Name(), err)
	}
	var file struct {
		Checkpoint struct {
			Stack  string `json:"stack"`
			Latest *State `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(object.Text, &file); err != nil {
		return nil, &problem.Problem{What: fmt.Sprintf("the state of %s is not JSON", b.Name()), Todo: "restore an older version: make state-history, make state-restore", Cause: err}
	}
	if file.Checkpoint.Stack == "" {
		return nil, &problem.Problem{What: fmt.Sprintf("the state of %s holds no stack", b.Name()), Todo: "restore an older version: make state-history, make state-restore"}
	}
	if file.Checkpoint.Latest == nil {
		return &State{}, nil
	}
	return file.Checkpoint.Latest, nil
}

// Stack is a stack that the bucket has a state of.
type Stack struct {
	Name string `json:"name"`
	// Written is when its state was last written.
	Written time.Time `json:"written"`
}

// Stacks lists the project's stacks by name. It reads no state, which whoever may
// deploy one stack must not do with another's.
func (b *Backend) Stacks(ctx context.Context) ([]Stack, error) {
	stacks := []Stack{}
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.Bucket, Prefix: aws.String(b.statePrefix())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the stacks in bucket %s: %w", b.Bucket, err)
		}
		for _, object := range page.Contents {
			name, isState := strings.CutSuffix(strings.TrimPrefix(aws.ToString(object.Key), b.statePrefix()), stateSuffix)
			if isState {
				stacks = append(stacks, Stack{Name: name, Written: aws.ToTime(object.LastModified).UTC()})
			}
		}
	}
	return stacks, nil
}

// Versions lists the versions of the state, the newest first.
func (b *Backend) Versions(ctx context.Context) ([]Version, error) {
	var versions []Version
	pages := s3.NewListObjectVersionsPaginator(b.client, &s3.ListObjectVersionsInput{Bucket: &b.Bucket, Prefix: aws.String(b.StateKey())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the versions of %s: %w", b.Name(), err)
		}
		for _, v := range page.Versions {
			if aws.ToString(v.Key) == b.StateKey() {
				versions = append(versions, Version{ID: aws.ToString(v.VersionId), Time: aws.ToTime(v.LastModified), Size: aws.ToInt64(v.Size), Latest: aws.ToBool(v.IsLatest)})
			}
		}
		for _, m := range page.DeleteMarkers {
			if aws.ToString(m.Key) == b.StateKey() {
				versions = append(versions, Version{ID: aws.ToString(m.VersionId), Time: aws.ToTime(m.LastModified), Latest: aws.ToBool(m.IsLatest), Deleted: true})
			}
		}
	}
	slices.SortStableFunc(versions, func(a, c Version) int {
		if a.Latest != c.Latest {
			if a.Latest {
				return -1
			}
			return 1
		}
		return c.Time.Compare(a.Time)
	})
	return versions, nil
}

// Restore makes an older version of the state the latest, and returns it.
// Nothing is lost: what was the latest stays a version.
func (b *Backend) Restore(ctx context.Context, version string) (*State, error) {
	state, err := b.read(ctx, version)
	if err != nil {
		return nil, err
	}
	source := url.PathEscape(b.Bucket) + "/" + (&url.URL{Path: b.StateKey()}).EscapedPath() + "?versionId=" + url.QueryEscape(version)
	_, err = b.client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &b.Bucket, Key: aws.String(b.StateKey()), CopySource: &source})
	if err != nil {
		return nil, fmt.Errorf("restore version %s of %s: %w", version, b.Name(), err)
	}
	return state, nil
}
