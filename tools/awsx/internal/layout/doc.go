// Package layout divides a VPC's IPv4 range into the subnets of its
// availability zones, as the awsx component Vpc does.
//
// It is arithmetic only and knows nothing of Pulumi. Three allocators exist:
//
//   - auto: the range is split evenly between the zones and each zone is
//     filled in the order of the specs (strategies Auto and Exact);
//   - explicit: the program names every block (Auto and Exact with cidrBlocks);
//   - legacy: within a zone private subnets come first, then public, then
//     isolated ones (strategy Legacy, which is also the default).
//
// Error texts are those of awsx 2.22.0. One check is added: a subnet that lies
// outside the VPC, or has host bits set, is an error here, where awsx leaves it
// to the provider or EC2 to refuse it (InvalidSubnet.Range).
package layout
