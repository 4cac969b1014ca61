// Package conformance compares the aws plugin with the pulumi-aws SDK that the
// program is pinned to: every type of the mapping table, every property and
// nested property, its shape and whether it is secret.
//
// The SDK's side is read from its source (struct tags and field types), because
// compiling the packages takes minutes and gigabytes while their declarations
// tell the same. The plugin's side is the schema that the built plugin prints.
//
// The two are not of the same age: pulumi-aws 6.83.4 is made from version 5.100
// of the Terraform provider, the newest that can be built from a module proxy is
// 5.82. What differs for that and other reasons is in known-differences.txt; a
// difference that is not there fails the test, and so does an entry without a
// difference.
package conformance
