package leftover

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// account is what AWS lists.
type account struct {
	// tagged are ARNs by environment; listed how often they were asked for.
	tagged map[string][]string
	listed int
	// gone is after how many lists nothing is tagged any more.
	gone int
}

func (a *account) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	a.listed++
	out := &resourcegroupstaggingapi.GetResourcesOutput{}
	if aws.ToString(in.TagFilters[0].Key) != "project" || in.TagFilters[0].Values[0] != "shop" || a.gone > 0 && a.listed > a.gone {
		return out, nil
	}
	for environment, arns := range a.tagged {
		for _, arn := range arns {
			out.ResourceTagMappingList = append(out.ResourceTagMappingList, types.ResourceTagMapping{
				ResourceARN: aws.String(arn), Tags: []types.Tag{{Key: aws.String("environment"), Value: aws.String(environment)}},
			})
		}
	}
	return out, nil
}

func (*account) DescribeLogGroups(_ context.Context, in *cloudwatchlogs.DescribeLogGroupsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	out := &cloudwatchlogs.DescribeLogGroupsOutput{}
	if prefix := aws.ToString(in.LogGroupNamePrefix); prefix == "/aws/rds/instance/shop-review-" || prefix == "/aws/rds/instance/shop-review-7" {
		for _, name := range []string{"/aws/rds/instance/shop-review-7-database-1/postgresql", "/aws/rds/instance/shop-review-71-database-1/postgresql"} {
			out.LogGroups = append(out.LogGroups, logtypes.LogGroup{LogGroupName: aws.String(name)})
		}
	}
	return out, nil
}

func (*account) DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	out := &rds.DescribeDBSnapshotsOutput{}
	for name, of := range map[string]string{"by-hand": "shop-review-7-database-1", "of-prod": "shop-prod-database-1", "rds:nightly": "shop-review-7-database-1"} {
		kind := "manual"
		if name == "rds:nightly" {
			kind = "automated"
		}
		out.DBSnapshots = append(out.DBSnapshots, rdstypes.DBSnapshot{DBSnapshotIdentifier: aws.String(name), DBInstanceIdentifier: aws.String(of), SnapshotType: aws.String(kind)})
	}
	return out, nil
}

func finder() (*Finder, *account) {
	a := &account{tagged: map[string][]string{
		"review-7":  {"arn:aws:s3:::shop-review-7-media", "arn:aws:kms:us-east-1:1:key/a", "arn:aws:ecs:us-east-1:1:task-definition/shop-review-7:1"},
		"review-71": {"arn:aws:s3:::shop-review-71-media"},
		"staging":   {"arn:aws:s3:::shop-staging-media"},
	}}
	return &Finder{Project: "shop", Environments: "review-", Tags: a, Logs: a, Databases: a, Pause: time.Microsecond}, a
}

func TestWhatIsLeftIsToldByTagsAndNames(t *testing.T) {
	f, _ := finder()
	got, err := f.Of(t.Context(), "review-7")
	want := []string{"arn:aws:s3:::shop-review-7-media", "log group /aws/rds/instance/shop-review-7-database-1/postgresql", "snapshot by-hand"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOrphansAreOfStacksThatAreGone(t *testing.T) {
	f, _ := finder()
	got, err := f.Orphans(t.Context(), []string{"review-7"})
	want := []string{"arn:aws:s3:::shop-review-71-media", "log group /aws/rds/instance/shop-review-71-database-1/postgresql"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

// AWS lists for a while what is gone.
func TestAwaitAsksUntilNothingIsLeft(t *testing.T) {
	f, a := finder()
	a.gone = 3
	f.Logs, f.Databases = nothing{}, nothing{}
	if got, err := f.Await(t.Context(), "review-7", time.Minute); err != nil || len(got) > 0 || a.listed != 4 {
		t.Errorf("got %v, %v after %d lists", got, err, a.listed)
	}
	f, _ = finder()
	if got, err := f.Await(t.Context(), "review-7", time.Millisecond); err != nil || len(got) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
}

// nothing is a service that lists nothing.
type nothing struct{}

func (nothing) DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	return &cloudwatchlogs.DescribeLogGroupsOutput{}, nil
}

func (nothing) DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	return &rds.DescribeDBSnapshotsOutput{}, nil
}
