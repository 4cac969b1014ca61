// Package watch looks at a stack's CloudWatch alarms for a while after a deploy,
// and tells when one goes off.
package watch
