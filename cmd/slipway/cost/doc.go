// Package cost reports what the environments cost in a month at rest, whether
// that meets the target, and what every option adds.
package cost
