// Package engine runs a Pulumi program as the engine does, with the answers of
// a mock in place of AWS.
//
// It goes beyond the SDK's own mocks in one thing: awsx's VPC is constructed,
// with all its children, by the awsx of tools/awsx. The program gets the
// children's IDs, and what it does with them depends on the children.
package engine
