// Package recovery clears up after a pulumi that ended without doing so itself:
// its lock file in the state bucket, and operations that it had begun.
//
// It does so only under the stack's lease, and removes a lock file only when the
// process that wrote it is proven to have ended. A resource whose creation was
// under way is looked for in AWS, by the name that Pulumi had chosen for it or by
// its tags, and taken into the state if it is there: neither is it left behind
// nor made a second time. What can't be told is named.
package recovery
