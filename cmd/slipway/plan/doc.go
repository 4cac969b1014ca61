// Package plan reads what Pulumi plans: the JSON of
//
//	pulumi preview --json --show-sames
//
// and tells what is created, updated, replaced and deleted, where that loses data
// or addresses, and how properties differ. Secrets are masked whatever Pulumi did
// with them.
package plan
