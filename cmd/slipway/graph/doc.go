// Package graph draws what the program registers for a stack: all components with
// what each is made of and uses, or the resources of one component. It draws from
// the registrations, so a picture is never older than the program.
package graph
