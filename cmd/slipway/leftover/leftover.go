// Package leftover finds what is left of environments whose stack is gone: what
// their tags tell, and what a service makes or keeps without tags, by its name.
package leftover

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// The tags that every resource of an environment has.
const (
	projectTag     = "project"
	environmentTag = "environment"
)

// stays is what AWS goes on listing after its deletion: keys for the days in which
// they can be brought back, and task definitions as inactive ones.
var stays = []string{":kms:", ":task-definition/"}

// Finder finds what is left of a project's environments.
type Finder struct {
	Project string
	// Environments is what the names of all environments in question begin with.
	Environments string

	Tags      resourcegroupstaggingapi.GetResourcesAPIClient
	Logs      cloudwatchlogs.DescribeLogGroupsAPIClient
	Databases rds.DescribeDBSnapshotsAPIClient

	// Pause is how long to wait before asking again. Default: 15 seconds.
	Pause time.Duration
}

// Of lists what is left of one environment.
func (f *Finder) Of(ctx context.Context, environment string) ([]string, error) {
	return f.find(ctx, environment, func(of string) bool { return of == environment })
}

// Await lists what is left of an environment that was just destroyed. AWS goes on
// listing for minutes what is gone, so it asks again until nothing is left or limit is
// over.
func (f *Finder) Await(ctx context.Context, environment string, limit time.Duration) ([]string, error) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		found, err := f.Of(ctx, environment)
		if err != nil || len(found) == 0 {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-deadline.C:
			return found, nil
		case <-time.After(cmp.Or(f.Pause, 15*time.Second)):
		}
	}
}

// Orphans lists what is left of all environments but those that are there.
func (f *Finder) Orphans(ctx context.Context, there []string) ([]string, error) {
	return f.find(ctx, f.Environments, func(of string) bool {
		return strings.HasPrefix(of, f.Environments) && !slices.Contains(there, of)
	})
}

// find lists what wanted says of the environment's name. from is what the names begin
// with.
func (f *Finder) find(ctx context.Context, from string, wanted func(string) bool) ([]string, error) {
	var found []string
	for _, look := range []func(context.Context, string, func(string) bool) ([]string, error){f.tagged, f.logGroups, f.snapshots} {
		more, err := look(ctx, from, wanted)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

func (f *Finder) tagged(ctx context.Context, _ string, wanted func(string) bool) ([]string, error) {
	var found []string
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(f.Tags, &resourcegroupstaggingapi.GetResourcesInput{
		TagFilters: []types.TagFilter{{Key: aws.String(projectTag), Values: []string{f.Project}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for what is left by tags: %w", err)
		}
		for _, resource := range page.ResourceTagMappingList {
			arn := aws.ToString(resource.ResourceARN)
			if slices.ContainsFunc(stays, func(kind string) bool { return strings.Contains(arn, kind) }) {
				continue
			}
			for _, tag := range resource.Tags {
				if aws.ToString(tag.Key) == environmentTag && wanted(aws.ToString(tag.Value)) {
					found = append(found, arn)
				}
			}
		}
	}
	return found, nil
}

// logGroups looks by name: RDS writes a log group again after its deletion, without
// tags.
func (f *Finder) logGroups(ctx context.Context, from string, wanted func(string) bool) ([]string, error) {
	var found []string
	for _, place := range []struct{ prefix, end string }{
		{"/" + f.Project + "/", "/"},
		{"/aws/rds/instance/" + f.Project + "-", "-"},
	} {
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(f.Logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(place.prefix + from)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("look for log groups that are left: %w", err)
			}
			for _, group := range page.LogGroups {
				name := strings.TrimPrefix(aws.ToString(group.LogGroupName), place.prefix)
				if wanted(f.environmentOf(name, place.end)) {
					found = append(found, "log group "+aws.ToString(group.LogGroupName))
				}
			}
		}
	}
	return found, nil
}

// snapshots looks by name: whoever makes one by hand gives it no tags.
func (f *Finder) snapshots(ctx context.Context, _ string, wanted func(string) bool) ([]string, error) {
	var found []string
	pages := rds.NewDescribeDBSnapshotsPaginator(f.Databases, &rds.DescribeDBSnapshotsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for snapshots that are left: %w", err)
		}
		for _, snapshot := range page.DBSnapshots {
			// RDS deletes those that it makes by itself with the instance.
			if aws.ToString(snapshot.SnapshotType) == "automated" {
				continue
			}
			name, own := strings.CutPrefix(aws.ToString(snapshot.DBInstanceIdentifier), f.Project+"-")
			if own && wanted(f.environmentOf(name, "-")) {
				found = append(found, "snapshot "+aws.ToString(snapshot.DBSnapshotIdentifier))
			}
		}
	}
	return found, nil
}

// environmentOf is the environment that a name begins with: what comes before the
// first end after what the names of all environments begin with.
func (f *Finder) environmentOf(name, end string) string {
	rest, is := strings.CutPrefix(name, f.Environments)
	if !is {
		return ""
	}
	number, _, _ := strings.Cut(rest, end)
	return f.Environments + number
}
