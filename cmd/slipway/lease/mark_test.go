package lease_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/lease"
)

// until waits for a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func mark(t *testing.T, owner string) *lease.Mark {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	m, err := lease.NewMark(owner)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMarkLivesAsLongAsItsProcess(t *testing.T) {
	m := mark(t, "owner")
	holder := lease.Holder{PID: os.Getpid(), Mark: m.Path()}
	if lease.Gone(holder) {
		t.Error("gone while it is held")
	}
	if _, err := lease.NewMark("owner"); err == nil {
		t.Error("the mark was made twice")
	}
	if err := m.File().Close(); err != nil {
		t.Fatal(err)
	}
	if !lease.Gone(holder) {
		t.Error("not gone after its end")
	}
}

func TestNothingIsKnownOfAMarkThatIsNotHere(t *testing.T) {
	m := mark(t, "owner")
	if err := m.Remove(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", m.Path()} {
		if lease.Gone(lease.Holder{PID: 1, Mark: path}) {
			t.Errorf("%q is taken for gone", path)
		}
	}
}

// A child inherits the mark: while it lives the holder is not gone.
func TestAChildKeepsTheMark(t *testing.T) {
	m := mark(t, "owner")
	child, err := lease.StartCommand(exec.Command("sleep", "600"), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(child.Kill)
	if err := m.File().Close(); err != nil {
		t.Fatal(err)
	}
	// As far as the mark tells, the child is the holder.
	if lease.Gone(lease.Holder{PID: child.PID(), Mark: m.Path()}) {
		t.Error("gone while the child lives")
	}
	child.Kill()
	<-child.Done()
	if child.Code() >= 0 {
		t.Errorf("a killed child ended with %d", child.Code())
	}
	until(t, "the mark is released", func() bool { return lease.Gone(lease.Holder{PID: child.PID(), Mark: m.Path()}) })
}

// What outlives a holder is ended by whoever finds it.
func TestSurvivorsOfADeadHolderAreEnded(t *testing.T) {
	m := mark(t, "owner")
	child, err := lease.StartCommand(exec.Command("sleep", "600"), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(child.Kill)
	if err := m.File().Close(); err != nil {
		t.Fatal(err)
	}
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dead := lease.Holder{PID: ended.Process.Pid, Mark: m.Path()}
	until(t, "the survivor is ended", func() bool { return lease.Gone(dead) })
	<-child.Done()
}

func TestInterruptReachesTheChild(t *testing.T) {
	m := mark(t, "owner")
	child, err := lease.StartCommand(exec.Command("sh", "-c", `trap 'exit 7' INT; while :; do sleep 0.05; done`), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(child.Kill)
	until(t, "the child ends", func() bool {
		child.Interrupt()
		select {
		case <-child.Done():
			return true
		default:
			return false
		}
	})
	if code := child.Code(); code != 7 && code >= 0 {
		t.Errorf("got %d", code)
	}
}
