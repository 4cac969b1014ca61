// Package recorder plays the engine to a component plugin in tests: it takes
// the registrations, keeps them, and answers as an engine with an AWS would.
//
// IDs are symbols such as ${subnet:net-public-1.id}, the ones that the golden
// recordings use, so that inputs compare as they are.
package recorder
