// Package network builds the VPC of one environment on awsx's ec2.Vpc: a
// public, a private and an isolated subnet in every zone, NAT gateways as asked
// for, free gateway endpoints for S3 and DynamoDB, interface endpoints as asked
// for, flow logs, and a default security group that admits nothing.
//
// It refuses fewer than two zones (a load balancer needs two), an address range
// that cannot hold four zones, ranges that are not private, and endpoints that
// are there anyway.
//
// It protects addresses: every tier of every zone has a fixed place in the range
// (see Layout), so that adding a zone or a tier replaces no subnet, and no
// preview says so.
package network
