package release_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"gitlab.com/slipway/slipway/components/release"
)

func migration() release.Command {
	return release.Command{
		Cluster: "cluster", TaskDefinition: "arn:aws:ecs:us-east-1:111122223333:task-definition/app-command:1", Container: "command",
		Subnets: []string{"subnet-1"}, SecurityGroup: "sg-1", Command: []string{"python", "manage.py", "migrate"}, Timeout: time.Minute,
	}
}

func TestRunShowsTheCommandsOutput(t *testing.T) {
	f := &fakeAWS{logs: map[string][]string{"command/command/m1": {"Applying recipes.0005 ... OK"}}}
	var said []string
	if err := f.aws().Run(context.Background(), migration(), func(line string) { said = append(said, line) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(said, "Applying recipes.0005 ... OK") || !strings.HasPrefix(said[0], "starting python manage.py migrate") {
		t.Errorf("said %q", said)
	}
	if len(f.ran) != 1 || !slices.Equal(f.ran[0].Overrides.ContainerOverrides[0].Command, migration().Command) {
		t.Errorf("ran %+v", f.ran)
	}
}

func TestRunFailsWithTheEndOfTheOutput(t *testing.T) {
	var lines []string
	for range 80 {
		lines = append(lines, "earlier")
	}
	f := &fakeAWS{exitCode: 1, logs: map[string][]string{"command/command/m1": append(lines, "CommandError: a statement waited 2 s for a table")}}
	err := f.aws().Run(context.Background(), migration(), func(string) {})
	if err == nil || !strings.HasPrefix(err.Error(), "python manage.py migrate ended with exit code 1\n  last lines of its log:\n") ||
		!strings.HasSuffix(err.Error(), "\n    CommandError: a statement waited 2 s for a table") || strings.Count(err.Error(), "earlier") != 49 {
		t.Errorf("got %v", err)
	}
}

// A NAT instance that is being replaced comes back, and what never began may be
// begun again; what began is never run twice.
func TestRunStartsAgainWhatFoundNoWayToItsImage(t *testing.T) {
	for _, test := range []struct{ noWay, ran, exitCode int }{{0, 1, 0}, {2, 3, 0}, {9, 3, 0}, {0, 1, 1}} {
		f := &fakeAWS{noWay: test.noWay, exitCode: int32(test.exitCode)}
		err := f.aws().Run(context.Background(), migration(), func(string) {})
		if failed := err != nil; failed != (test.noWay > 2 || test.exitCode != 0) {
			t.Errorf("%+v: got %v", test, err)
		}
		if len(f.ran) != test.ran {
			t.Errorf("%+v: ran %d times", test, len(f.ran))
		}
	}
}

func TestRunStopsWhatTakesTooLong(t *testing.T) {
	f := &fakeAWS{endless: true}
	command := migration()
	command.Timeout = 20 * time.Millisecond
	err := f.aws().Run(context.Background(), command, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "was not done within 20ms and is stopped") {
		t.Errorf("got %v", err)
	}
	if len(f.halted) != 1 || aws.ToString(f.halted[0].Task) != taskARN+"m1" {
		t.Errorf("stopped %+v", f.halted)
	}
}
