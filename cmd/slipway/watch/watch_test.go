package watch_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"gitlab.com/slipway/slipway/cmd/slipway/watch"
)

const topic = "arn:aws:sns:us-east-1:111122223333:staging-alarms-page"

// fake answers as CloudWatch does, one alarm in a page.
type fake struct {
	alarms func() []types.MetricAlarm
	err    error
	looks  int
}

func (f *fake) DescribeAlarms(_ context.Context, input *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	if aws.ToString(input.ActionPrefix) != topic {
		return nil, errors.New("asked for alarms of all stacks")
	}
	at := len(aws.ToString(input.NextToken))
	if at == 0 {
		f.looks++
	}
	alarms := f.alarms()
	if at >= len(alarms) {
		return &cloudwatch.DescribeAlarmsOutput{}, nil
	}
	output := &cloudwatch.DescribeAlarmsOutput{MetricAlarms: alarms[at : at+1]}
	if at+1 < len(alarms) {
		output.NextToken = aws.String(strings.Repeat("n", at+1))
	}
	return output, nil
}

func alarm(name string, state types.StateValue, since time.Time) types.MetricAlarm {
	return types.MetricAlarm{
		AlarmName: &name, StateValue: state, StateTransitionedTimestamp: &since, AlarmActions: []string{topic},
		StateReason: aws.String("Threshold Crossed"), AlarmDescription: aws.String("[page] Users get errors.\nFirst: look at the log."),
	}
}

// run watches for ten minutes of a clock that only the test moves.
func run(t *testing.T, since time.Duration, f *fake) (said string, watched time.Duration, err error) {
	t.Helper()
	var out bytes.Buffer
	begin := time.Now()
	err = watch.New(f, &out).Watch(t.Context(), watch.Args{Topic: topic, For: 10 * time.Minute, Since: begin.Add(since), AlarmsURL: "https://console"})
	return out.String(), time.Since(begin), err
}

func TestWatchesToTheEndWhenAllIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{alarms: func() []types.MetricAlarm {
			return []types.MetricAlarm{alarm("a", types.StateValueOk, time.Now()), alarm("b", types.StateValueInsufficientData, time.Now())}
		}}
		said, watched, err := run(t, 0, f)
		if err != nil || watched != 10*time.Minute || f.looks != 41 {
			t.Errorf("got %v after %s and %d looks", err, watched, f.looks)
		}
		if !strings.HasSuffix(said, "==> 10m0s of 10m0s: 2 alarms, 1 well, 1 without data\n") {
			t.Errorf("got %q", said)
		}
	})
}

func TestFailsAtOnceWhenAnAlarmGoesOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		f := &fake{alarms: func() []types.MetricAlarm {
			state := types.StateValueOk
			if time.Since(begin) > 3*time.Minute {
				state = types.StateValueAlarm
			}
			return []types.MetricAlarm{alarm("a", types.StateValueOk, begin), alarm("errors", state, time.Now())}
		}}
		_, watched, err := run(t, 0, f)
		if err == nil || watched != 3*time.Minute+watch.Pause {
			t.Fatalf("got %v after %s", err, watched)
		}
		for _, want := range []string{"1 alarm(s) went off", "errors: Threshold Crossed", "First: look at the log.", "next: look at the alarms at https://console"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("no %q in %q", want, err)
			}
		}
	})
}

func TestAlarmsFromBeforeTheDeployAreNamedOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := time.Now().Add(-time.Hour)
		f := &fake{alarms: func() []types.MetricAlarm { return []types.MetricAlarm{alarm("old", types.StateValueAlarm, old)} }}
		said, _, err := run(t, -time.Minute, f)
		if err != nil || strings.Count(said, "alarm old has been on since") != 1 {
			t.Errorf("got %q, %v", said, err)
		}
		if _, _, err := run(t, -2*time.Hour, f); err == nil {
			t.Error("an alarm that went off since the deploy began is excused")
		}
	})
}

func TestWhatCannotBeWatchedFails(t *testing.T) {
	other := alarm("other", types.StateValueOk, time.Now())
	other.AlarmActions = []string{topic + "-2"}
	for name, test := range map[string]struct {
		fake *fake
		want string
	}{
		"no alarm":              {&fake{alarms: func() []types.MetricAlarm { return nil }}, "no alarm tells topic"},
		"another stack's alarm": {&fake{alarms: func() []types.MetricAlarm { return []types.MetricAlarm{other} }}, "no alarm tells topic"},
		"no permission":         {&fake{err: errors.New("AccessDenied")}, "is not known: AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if _, _, err := run(t, 0, test.fake); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestStopsWhenInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		f := &fake{alarms: func() []types.MetricAlarm { return []types.MetricAlarm{alarm("a", types.StateValueOk, time.Now())} }}
		err := watch.New(f, &bytes.Buffer{}).Watch(ctx, watch.Args{Topic: topic, For: time.Hour})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
