// Package vpc constructs the component awsx:ec2:Vpc: a VPC with an internet
// gateway, VPC endpoints, subnets with a route table each, and NAT gateways.
//
// What it registers (names, parents, inputs, dependencies, options) and what
// it returns equals awsx 2.22.0; testdata/golden records that. A difference
// would make a stack that moves between this stand-in and the official plugin
// replace its network.
//
// Two things go beyond awsx. Tags given as one secret or unknown map work:
// the merged tags are then secret or unknown as a whole. And a layout that
// lies outside the VPC is an error before anything is registered.
package vpc
