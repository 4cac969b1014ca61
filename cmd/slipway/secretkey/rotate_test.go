package secretkey_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/secretkey"
	"gitlab.com/slipway/slipway/internal/problem"
)

// at is where the labels are.
func at(current, next, last string) map[string]string {
	return map[string]string{"AWSCURRENT": current, "NEXT": next, "LAST": last}
}

func (w *world) want(t *testing.T, labels map[string]string) {
	t.Helper()
	got := maps.Clone(w.labels)
	maps.DeleteFunc(got, func(label, _ string) bool { return label == "AWSPREVIOUS" || strings.HasPrefix(label, "ALONE-SINCE-") })
	if !maps.Equal(got, labels) {
		t.Errorf("got %v, want %v; said %q", got, labels, w.said)
	}
}

func TestARotationEndsNoSession(t *testing.T) {
	w := newWorld(t)
	if err := w.rotate(0); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v1", "v1", "v0"))
	if last := w.said[len(w.said)-1]; !strings.HasPrefix(last, "the old key is accepted until nothing lives that it has signed: run this again after 2026-11-30T2") {
		t.Errorf("said %q", last)
	}
	// Too early, it only says so again.
	w.pass(2)
	if err := w.rotate(0); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v1", "v1", "v0"))
	w.pass(12)
	if err := w.rotate(0); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v1", "v1", "v1"))
	w.pass(24)
	if w.puts != 1 || w.said[len(w.said)-1] != "done: the new key is the only one" {
		t.Errorf("%d values were put; said %q", w.puts, w.said)
	}
	for name, service := range w.services {
		for _, task := range service.tasks {
			if slices.Contains(task.accepts, "v0") {
				t.Errorf("a task of %s still accepts the old key", name)
			}
		}
	}
}

// Whatever call fails, running it again goes on, and no session ends on the way.
func TestARotationGoesOnWhereverItWasInterrupted(t *testing.T) {
	whole := newWorld(t)
	for range 2 {
		if err := whole.rotate(0); err != nil {
			t.Fatal(err)
		}
		whole.pass(13)
	}
	for failAt := 1; failAt <= whole.calls; failAt++ {
		w := newWorld(t)
		w.failAt = failAt
		failed := 0
		for range 8 {
			if w.rotate(0) != nil {
				failed++
			} else {
				w.pass(13)
			}
			if slices.Contains(w.said, "done: the new key is the only one") && len(w.labels) == 4 {
				break
			}
		}
		w.want(t, at("v1", "v1", "v1"))
		if w.puts != 1 || failed > 1 {
			t.Errorf("call %d: %d values, %d failures", failAt, w.puts, failed)
		}
	}
}

func TestAKeyThatIsYoungEnoughIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	if err := w.rotate(101 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v0", "v0", "v0"))
	if len(w.said) != 1 || w.said[0] != "nothing to do: the key is of 2026-08-22" {
		t.Errorf("said %q", w.said)
	}
	if err := w.rotate(99 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v1", "v1", "v0"))
	// A rotation that has begun goes on, however young its key is.
	w.pass(13)
	if err := w.rotate(99 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("v1", "v1", "v1"))
}

func TestAValueThatWasPutByHandEndsNoSession(t *testing.T) {
	for failAt := range 9 {
		w := newWorld(t)
		w.label("hand", "AWSCURRENT")
		w.failAt = failAt
		for range 5 {
			if w.rotate(0) == nil {
				w.pass(13)
			}
		}
		if w.labels["LAST"] == "v0" {
			t.Errorf("call %d: got %v, said %q", failAt, w.labels, w.said)
		}
	}
	// Where tasks have started with it already, nothing ends either.
	w := newWorld(t)
	w.label("hand", "AWSCURRENT")
	for _, service := range w.services {
		service.tasks = []task{w.start(), w.start()}
	}
	if err := w.rotate(0); err != nil {
		t.Fatal(err)
	}
	w.want(t, at("hand", "hand", "v0"))

	w = newWorld(t)
	if err := w.rotate(0); err != nil {
		t.Fatal(err)
	}
	w.label("hand", "AWSCURRENT") // while what v0 has signed still lives
	var refused *problem.Problem
	if err := w.rotate(0); !errors.As(err, &refused) || !strings.Contains(refused.Todo, "--remove-from-version-id v0 --move-to-version-id v1") {
		t.Errorf("got %v", err)
	}
}

// A key that leaked counts nowhere once the tasks have started anew.
func TestAtOnceNoOtherKeyCounts(t *testing.T) {
	for steps := range 3 {
		w := newWorld(t)
		for range steps {
			if err := w.rotate(0); err != nil {
				t.Fatal(err)
			}
		}
		w.careless = true
		rotator := secretkey.Rotator{Secrets: w, ECS: w, Say: func(string) {}}
		if err := rotator.Run(context.Background(), secretkey.Args{Secret: secret, Cluster: "cluster", AtOnce: true, Poll: time.Microsecond}); err != nil {
			t.Fatal(err)
		}
		alone := w.labels["AWSCURRENT"]
		w.want(t, at(alone, alone, alone))
		for name, service := range w.services {
			for _, task := range service.tasks {
				if slices.ContainsFunc(task.accepts, func(key string) bool { return key != alone }) || alone == "v0" {
					t.Errorf("a task of %s accepts %v", name, task.accepts)
				}
			}
		}
	}
}

func TestARestartThatFailsIsSaid(t *testing.T) {
	w := newWorld(t)
	w.broken = true
	err := w.rotate(0)
	if err == nil || !strings.Contains(err.Error(), "don't start: tasks failed to start") || !strings.Contains(err.Error(), "it goes on from here") {
		t.Errorf("got %v", err)
	}
	w.want(t, at("v0", "v1", "v0"))
}

func TestAStackOfAnEarlierReleaseIsTold(t *testing.T) {
	w := newWorld(t)
	delete(w.labels, "LAST")
	if err := w.rotate(0); err == nil || !strings.Contains(err.Error(), "next: deploy the stack") {
		t.Errorf("got %v", err)
	}
}
