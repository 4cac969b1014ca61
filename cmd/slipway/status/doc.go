// Package status tells in one screen how a stack is: what runs, whether it is
// healthy, since when, what alarms, who holds the lock. It only reads.
package status
