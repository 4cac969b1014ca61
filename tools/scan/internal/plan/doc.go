// Package plan turns what a Pulumi program registers into the JSON that
// `terraform show` prints for a plan, for tools that read such plans.
//
// The names are Terraform's (package names). Values are the program's inputs
// and nothing else: what it leaves to AWS or to a default of the provider is
// left out, so that a check which wants it set fails. Where Terraform would not
// know a value before the apply, such as the ID of another resource, the plan
// has the mock's value; the configuration part says which resource it is from.
//
// It refuses types and properties that the table of names does not have: an
// incomplete plan would pass checks that it should fail.
package plan
