package execshell

import (
	"sync"

	"github.com/aws/session-manager-plugin/src/datachannel"
	"github.com/aws/session-manager-plugin/src/log"
)

// line is the plugin's connection. The plugin waits for ever when there is none;
// the line tells.
type line struct {
	datachannel.IDataChannel
	// failed gets why the connection can't be made; began is closed when the far
	// end has answered.
	failed chan error
	began  chan struct{}

	answered sync.Once
	mu       sync.Mutex
	failures int
}

// attempts to connect in a row that may fail.
const attempts = 3

func newLine() *line {
	return &line{IDataChannel: &datachannel.DataChannel{}, failed: make(chan error, 1), began: make(chan struct{})}
}

// Open implements datachannel.IDataChannel.
func (l *line) Open(log log.T) error { return l.count(l.IDataChannel.Open(log)) }

// Reconnect implements datachannel.IDataChannel.
func (l *line) Reconnect(log log.T) error { return l.count(l.IDataChannel.Reconnect(log)) }

// GetSessionType implements datachannel.IDataChannel. The plugin asks when the
// far end has told.
func (l *line) GetSessionType() string {
	l.answered.Do(func() { close(l.began) })
	return l.IDataChannel.GetSessionType()
}

func (l *line) count(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.failures = 0
		return nil
	}
	if l.failures++; l.failures == attempts {
		l.failed <- err
	}
	return err
}
