//go:build !linux

package lease

import "time"

var started = time.Now()

// Uptime is a monotonic time. Elsewhere than on Linux it may stand still while
// the machine is suspended.
func Uptime() time.Duration { return time.Since(started) }
