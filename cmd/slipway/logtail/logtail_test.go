package logtail_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gitlab.com/slipway/slipway/cmd/slipway/logtail"
)

// group answers each look with the pages of its turn; after the last it ends the
// context, as Ctrl-C does.
type group struct {
	turns  [][][]types.FilteredLogEvent
	fail   error
	end    context.CancelFunc
	asked  []*cloudwatchlogs.FilterLogEventsInput
	looked int
}

func (g *group) FilterLogEvents(_ context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if g.fail != nil {
		return nil, g.fail
	}
	copied := *in
	g.asked = append(g.asked, &copied)
	page := 0
	if in.NextToken != nil {
		page, _ = strconv.Atoi(*in.NextToken)
	}
	if g.looked == len(g.turns) {
		g.end()
		return &cloudwatchlogs.FilterLogEventsOutput{}, nil
	}
	out := &cloudwatchlogs.FilterLogEventsOutput{Events: g.turns[g.looked][page]}
	if page+1 < len(g.turns[g.looked]) {
		out.NextToken = aws.String(strconv.Itoa(page + 1))
	} else {
		g.looked++
	}
	return out, nil
}

func event(id string, at time.Time) types.FilteredLogEvent {
	return types.FilteredLogEvent{EventId: &id, Timestamp: aws.Int64(at.UnixMilli()), LogStreamName: aws.String("app/1"), Message: aws.String("line " + id + "\n")}
}

func show(t *testing.T, g *group, args logtail.Args) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g.end = cancel
	args.Group, args.Poll = "group", time.Millisecond
	var out bytes.Buffer
	err := logtail.Show(ctx, g, &out, args)
	var ids []string
	for line := range strings.Lines(out.String()) {
		_, id, found := strings.Cut(strings.TrimSpace(line), " app/1 line ")
		if !found {
			t.Errorf("unexpected line %q", line)
		}
		ids = append(ids, id)
	}
	return ids, err
}

func TestShowsAllPagesOldestFirst(t *testing.T) {
	now := time.Now()
	g := &group{turns: [][][]types.FilteredLogEvent{{{event("b", now), event("c", now.Add(time.Second))}, {event("a", now.Add(-time.Second))}}}}
	ids, err := show(t, g, logtail.Args{Since: time.Minute, Filter: "ERROR"})
	if err != nil || strings.Join(ids, "") != "abc" {
		t.Errorf("got %v, %v", ids, err)
	}
	if got := aws.ToString(g.asked[0].FilterPattern); got != "ERROR" {
		t.Errorf("filter %q", got)
	}
	if since := now.Sub(time.UnixMilli(*g.asked[0].StartTime)); since < 59*time.Second || since > 2*time.Minute {
		t.Errorf("looks %s back", since)
	}
}

// An event may become visible after a younger one: it is shown then, and nothing twice.
func TestFollowsWithoutLossOrRepetition(t *testing.T) {
	now := time.Now()
	a, b, c := event("a", now), event("b", now.Add(-5*time.Second)), event("c", now.Add(time.Minute))
	g := &group{turns: [][][]types.FilteredLogEvent{{{a}}, {{a, b}}, {{a, b, c}}, {{c}}}}
	ids, err := show(t, g, logtail.Args{Since: time.Minute, Follow: true})
	if err != nil || strings.Join(ids, "") != "abc" {
		t.Errorf("got %v, %v", ids, err)
	}
	first, last := *g.asked[0].StartTime, *g.asked[len(g.asked)-1].StartTime
	if last <= first || last > now.UnixMilli()+60_000-30_000 {
		t.Errorf("the last look begins at %d, the first at %d", last, first)
	}
}

func TestAGroupThatCannotBeRead(t *testing.T) {
	g := &group{fail: errors.New("denied")}
	if _, err := show(t, g, logtail.Args{}); !errors.Is(err, g.fail) || !strings.Contains(err.Error(), "log group group") {
		t.Errorf("got %v", err)
	}
}
