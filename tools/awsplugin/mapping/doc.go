// Package mapping is the table of the AWS types that the local aws plugin
// provides: which Terraform type stands behind which Pulumi type.
//
// It has no dependencies, so that other tools can translate between the two
// worlds with it. The plugin builds its schema from it, the build keeps only
// the Terraform services that it names, and a test compares every type in it
// with the pinned pulumi-aws SDK.
package mapping
