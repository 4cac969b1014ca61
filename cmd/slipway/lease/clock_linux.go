package lease

import (
	"time"

	"golang.org/x/sys/unix"
)

// Uptime is the time since the machine started. Unlike Go's clock it goes on
// while the machine is suspended: a laptop that wakes up knows that its lease is
// over.
func Uptime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}
