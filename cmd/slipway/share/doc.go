// Package share makes the copy of a stack's state that jobs of every branch may
// read: what there is, without one secret and without what could open one. A
// preview against it needs no right to the state, its key or the secrets.
package share
