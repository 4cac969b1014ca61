// Package provider is the Pulumi resource provider of docker:index/image:Image
// as pulumi-docker v4 defines it. It keeps that provider's inputs, outputs and
// diffs, so that a stack may change from one plugin to the other.
package provider
