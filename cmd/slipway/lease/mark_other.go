//go:build !linux

package lease

// having can't tell here: then a lease runs out instead.
func having(string) []int { return nil }
