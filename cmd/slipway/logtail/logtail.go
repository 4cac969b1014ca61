// Package logtail shows what stands in a CloudWatch log group, and what comes.
package logtail

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Args say what is shown.
type Args struct {
	Group string
	// Since is how far back the first lines reach.
	Since time.Duration
	// Filter is a filter pattern, such as `{ $.status >= 500 }`. Default: every line.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	Filter string
	// Follow goes on until the context ends.
	Follow bool
	// Poll is the time between two looks. Default: 2 s, within the rate of
	// FilterLogEvents, 5 a second in the smallest regions.
	Poll time.Duration
}

// late is how long after its time an event may become visible; events are looked
// for that far back again, and shown once.
const late = 30 * time.Second

// Show prints the events, "time stream message", oldest first.
func Show(ctx context.Context, logs cloudwatchlogs.FilterLogEventsAPIClient, out io.Writer, args Args) error {
	poll := time.NewTicker(cmp.Or(args.Poll, 2*time.Second))
	defer poll.Stop()
	start := time.Now().Add(-args.Since)
	shown := map[string]time.Time{}
	for {
		events, err := read(ctx, logs, args, start)
		if ctx.Err() != nil {
			return nil // interrupted: there is no more to show
		}
		if err != nil {
			return fmt.Errorf("read log group %s: %w", args.Group, err)
		}
		for _, event := range events {
			at := time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC()
			if _, known := shown[aws.ToString(event.EventId)]; known {
				continue
			}
			shown[aws.ToString(event.EventId)] = at
			if _, err := fmt.Fprintf(out, "%s %s %s\n", at.Format("15:04:05.000"), aws.ToString(event.LogStreamName), strings.TrimRight(aws.ToString(event.Message), "\r\n")); err != nil {
				return err
			}
			if at.Add(-late).After(start) {
				start = at.Add(-late)
			}
		}
		for id, at := range shown {
			if at.Before(start) {
				delete(shown, id)
			}
		}
		if !args.Follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		}
	}
}

func read(ctx context.Context, logs cloudwatchlogs.FilterLogEventsAPIClient, args Args, start time.Time) (events []types.FilteredLogEvent, err error) {
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &args.Group, StartTime: aws.Int64(start.UnixMilli())}
	if args.Filter != "" {
		input.FilterPattern = &args.Filter
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
	}
	slices.SortStableFunc(events, func(a, b types.FilteredLogEvent) int {
		return cmp.Compare(aws.ToInt64(a.Timestamp), aws.ToInt64(b.Timestamp))
	})
	return events, nil
}
