package lease

import (
	"fmt"
	"time"
)

// DefaultTTL is how long a lease lasts without a renewal.
const DefaultTTL = 2 * time.Minute

// Version is one state of a lease: no two states of it have the same one.
type Version struct {
	// Owner is a random name of one attempt to take the lease; empty when it is
	// free.
	Owner string
	// Counter grows with every write.
	Counter int64
}

// Record is a lease as it stands in the table.
type Record struct {
	Version
	// Stack is what is leased, such as "slipway/staging".
	Stack string
	// TTL is how long the holder may go without a renewal.
	TTL time.Duration
	// Holder is who has it.
	Holder Holder
	// Left are holders that did not give the lease back and after whom nobody
	// has cleared up yet.
	Left []Holder
}

// Free reports whether nobody has the lease.
func (r Record) Free() bool { return r.Owner == "" }

// Holder describes who has a lease, for people and for clearing up after it.
type Holder struct {
	// User and Host are those of the process.
	User string `json:"user"`
	Host string `json:"host"`
	// PID is the process that renews the lease, Child the one that writes.
	PID   int `json:"pid"`
	Child int `json:"child,omitempty"`
	// Operation is what is being done, such as "up".
	Operation string `json:"operation"`
	// Pipeline is the address of the pipeline or job, empty for a person.
	Pipeline string `json:"pipeline,omitempty"`
	// Since is when the lease was taken, by the holder's clock.
	Since time.Time `json:"since"`
	// Mark is the file on the holder's machine that it and its child have
	// locked.
	Mark string `json:"mark,omitempty"`
}

// String is one line about the holder.
func (h Holder) String() string {
	text := fmt.Sprintf("%s@%s (pulumi %s, process %d) since %s", h.User, h.Host, h.Operation, h.PID, h.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
	if h.Pipeline != "" {
		text += ", " + h.Pipeline
	}
	return text
}
