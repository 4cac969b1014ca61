// Package execshell opens an interactive shell in a running task by ECS Exec. It
// speaks Session Manager's protocol itself, by AWS's own plugin as a library, so
// that no further program has to be installed.
//
// It refuses a terminal that is none, and tasks that nobody can enter: without
// the container, without ECS Exec, or whose agent does not run yet.
package execshell
