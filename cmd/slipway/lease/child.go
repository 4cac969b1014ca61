package lease

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// Command is a child that is a program on this machine. It leads a process group
// of its own, inherits the mark, and on Linux dies with this process.
type Command struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// StartCommand starts cmd, whose ExtraFiles get the mark.
func StartCommand(cmd *exec.Cmd, mark *Mark) (*Command, error) {
	cmd.ExtraFiles = append(cmd.ExtraFiles, mark.File())
	cmd.SysProcAttr = attributes()
	c := &Command{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that started the child for that of
		// this process: keep it until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		// The exit code says all.
		_ = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// PID implements Process.
func (c *Command) PID() int { return c.cmd.Process.Pid }

// Interrupt implements Process: Pulumi saves its state and ends at the first
// SIGINT, and without waiting for what is under way at the second.
func (c *Command) Interrupt() { c.signal(syscall.SIGINT) }

// Kill implements Process.
func (c *Command) Kill() { c.signal(syscall.SIGKILL) }

// Done implements Process.
func (c *Command) Done() <-chan struct{} { return c.done }

// Code implements Process.
func (c *Command) Code() int { return c.cmd.ProcessState.ExitCode() }

func (c *Command) signal(s syscall.Signal) {
	if err := syscall.Kill(-c.PID(), s); err != nil && !errors.Is(err, syscall.ESRCH) {
		fmt.Fprintf(os.Stderr, "lease: %v to process group %d: %v\n", s, c.PID(), err)
	}
}
