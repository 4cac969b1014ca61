package lease

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Mark is a locked file that says that a holder, or a process that it started,
// is alive on this machine. Processes inherit it as an open file, so that the
// kernel releases the lock with the end of the last of them.
type Mark struct {
	file *os.File
}

// NewMark makes the mark of an owner in the directory for temporary files.
func NewMark(owner string) (*Mark, error) {
	path := filepath.Join(os.TempDir(), "slipway-lease-"+owner)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("mark this process as alive: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close(), os.Remove(path))
	}
	return &Mark{file: file}, nil
}

// Path is the file's name.
func (m *Mark) Path() string { return m.file.Name() }

// File is what a child inherits.
func (m *Mark) File() *os.File { return m.file }

// Remove ends the mark.
func (m *Mark) Remove() error { return errors.Join(os.Remove(m.Path()), m.file.Close()) }

// Gone reports whether a holder of this machine and all that it started are
// proven to have ended. A mark that is not here proves nothing: it may be another
// machine's. Pulumi's plugins look after minutes only whether Pulumi still runs:
// when the holder has ended they are ended here.
func Gone(holder Holder) bool {
	if holder.Mark == "" {
		return false
	}
	file, err := os.Open(holder.Mark)
	if err != nil {
		return false
	}
	defer file.Close()
	if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		return true
	}
	survivors := having(holder.Mark)
	if len(survivors) == 0 || slices.Contains(survivors, holder.PID) {
		return false
	}
	for _, pid := range survivors {
		// One that can't be ended keeps the mark, and the lease runs out.
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	return false
}
