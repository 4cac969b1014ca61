package watch

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"gitlab.com/slipway/slipway/internal/problem"
)

// Pause is the time between two looks. CloudWatch evaluates an alarm once a minute:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
const Pause = 15 * time.Second

// Args say what to watch.
type Args struct {
	// Topic is the ARN of the SNS topic that the stack's alarms tell. Required.
	Topic string
	// For is how long to watch. Required.
	For time.Duration
	// Since is when the deploy began: alarms that went off before it are named, but
	// are not its fault. Default: none is excused.
	Since time.Time
	// AlarmsURL is where people look at the alarms, "" for unknown.
	AlarmsURL string
}

// Watcher watches alarms.
type Watcher struct {
	api cloudwatch.DescribeAlarmsAPIClient
	out io.Writer
	// excused are the alarms that have been named as older than the deploy.
	excused map[string]bool
}

// New makes a Watcher that tells on out what it sees.
func New(api cloudwatch.DescribeAlarmsAPIClient, out io.Writer) *Watcher {
	return &Watcher{api: api, out: out, excused: map[string]bool{}}
}

// alarm is what matters of an alarm.
type alarm struct {
	name, reason, description string
	state                     types.StateValue
	since                     time.Time
}

// Watch returns nil when no alarm went off in time, else an error that names those
// which did.
func (w *Watcher) Watch(ctx context.Context, args Args) error {
	begin := time.Now()
	ticker := time.NewTicker(Pause)
	defer ticker.Stop()
	for {
		alarms, err := w.look(ctx, args.Topic)
		if err != nil {
			return &problem.Problem{What: "can't look at the alarms: whether the deployed version is well is not known", Todo: "look at them yourself " + at(args.AlarmsURL), Cause: err}
		}
		if len(alarms) == 0 {
			return &problem.Problem{What: "no alarm tells topic " + args.Topic, Todo: "deploy the stack: without alarms there is nothing to watch"}
		}
		if off := w.off(alarms, args.Since); len(off) > 0 {
			return failure(off, args)
		}
		watched := time.Since(begin)
		w.report(alarms, watched, args.For)
		if watched >= args.For {
			return nil
		}
		select {
		case <-ctx.Done():
			return &problem.Problem{What: fmt.Sprintf("stopped after %s of %s", watched.Round(time.Second), args.For), Todo: "look at the alarms yourself " + at(args.AlarmsURL), Cause: context.Cause(ctx)}
		case <-ticker.C:
		}
	}
}

// look lists the alarms that tell a topic.
func (w *Watcher) look(ctx context.Context, topic string) ([]alarm, error) {
	var alarms []alarm
	pages := cloudwatch.NewDescribeAlarmsPaginator(w.api, &cloudwatch.DescribeAlarmsInput{
		ActionPrefix: &topic,
		AlarmTypes:   []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.MetricAlarms {
			if slices.Contains(a.AlarmActions, topic) {
				alarms = append(alarms, alarm{aws.ToString(a.AlarmName), aws.ToString(a.StateReason), aws.ToString(a.AlarmDescription), a.StateValue, latest(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)})
			}
		}
		for _, a := range page.CompositeAlarms {
			if slices.Contains(a.AlarmActions, topic) {
				alarms = append(alarms, alarm{aws.ToString(a.AlarmName), aws.ToString(a.StateReason), aws.ToString(a.AlarmDescription), a.StateValue, latest(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)})
			}
		}
	}
	return alarms, nil
}

// latest is when the state was entered; the time of its last update where AWS
// does not tell that.
func latest(entered, updated *time.Time) time.Time {
	if entered != nil {
		return *entered
	}
	return aws.ToTime(updated)
}

// off are the alarms that went off since the deploy began.
func (w *Watcher) off(alarms []alarm, since time.Time) []alarm {
	var off []alarm
	for _, a := range alarms {
		switch {
		case a.state != types.StateValueAlarm:
		case a.since.Before(since):
			if !w.excused[a.name] {
				fmt.Fprintf(w.out, "==> alarm %s has been on since %s, before this deploy: %s\n", a.name, a.since.UTC().Format(time.RFC3339), a.reason)
			}
			w.excused[a.name] = true
		default:
			off = append(off, a)
		}
	}
	return off
}

func (w *Watcher) report(alarms []alarm, watched, whole time.Duration) {
	states := map[types.StateValue]int{}
	for _, a := range alarms {
		states[a.state]++
	}
	fmt.Fprintf(w.out, "==> %s of %s: %d alarms, %d well, %d without data\n", min(watched, whole).Round(time.Second), whole, len(alarms), states[types.StateValueOk], states[types.StateValueInsufficientData])
}

func failure(off []alarm, args Args) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%d alarm(s) went off after the deploy:", len(off))
	for _, a := range off {
		fmt.Fprintf(&text, "\n  %s: %s", a.name, a.reason)
		for line := range strings.Lines(a.description) {
			fmt.Fprintf(&text, "\n    %s", strings.TrimRight(line, "\n"))
		}
	}
	return &problem.Problem{What: text.String(), Todo: "look at the alarms " + at(args.AlarmsURL) + "; to go back, deploy the version before"}
}

func at(url string) string {
	if url == "" {
		return "in CloudWatch"
	}
	return "at " + url
}
