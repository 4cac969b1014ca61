// Package adminhost builds one small Ubuntu 24.04 host on Graviton for looking
// after an environment: psql beside the database, reached through SSM Session
// Manager only. It has no key pair and no port that is open to the internet; its
// metadata service takes IMDSv2 only, one hop away; its disk is encrypted; its
// role holds what Session Manager needs and what Args.Permissions adds. Sessions
// run through a document of its own that encrypts them and logs all of them.
//
// An Auto Scaling group of one replaces the host when EC2 finds it impaired or
// gone. A changed launch template replaces it too, with its group; `pulumi up`
// waits until the next one is in service. A new Ubuntu image changes nothing by
// itself: EC2 looks the image up at every launch, so a preview stays empty and
// the next host that is launched has it. A running host installs security
// updates by itself and reboots at 04:00 UTC when one needs it.
//
// With Args.NAT the host is also the private subnets' way out. Its network
// interface outlives it: routes lead to the interface (network.RouteThrough), the
// public address is on it, and it passes on what is not its own, so that the next
// host takes all three over when it starts, without rights in EC2 and without
// Pulumi. It costs a fifth of a NAT gateway, nothing by the byte, and is weaker:
//
//   - It stands in one zone. When that zone is lost, no subnet has a way out.
//   - While a host is replaced there is none either: EC2 takes a few minutes to
//     find it impaired, the next one a few more to start; fck-nat, which is made
//     alike, names five in all (https://fck-nat.dev/stable/limitations/). A reboot
//     takes about one. Connections survive neither.
//   - EC2 sees whether the machine answers, not whether it translates.
//   - It passes on the TCP ports of NAT.Ports only.
//
// It needs a way out to the internet when it starts, to install packages: a NAT
// of its own (Args.NAT) or the network's.
//
// It refuses instance types whose processor is not Graviton, a NAT with an
// address range that is none, ports and tags that AWS would not take.
//
// It protects nothing from deletion: the host keeps no data, and the record of
// the sessions is in CloudWatch. Whoever may start sessions can bypass that
// record with another document: allow ssm:StartSession on SessionDocument only,
// with the condition ssm:SessionDocumentAccessCheck
// (https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-sessiondocumentaccesscheck.html).
package adminhost
