package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// Limits of a network's address range. AWS allows a VPC of /16 to /28
// (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html);
// beyond /20 the isolated subnets would fall below /27, which leaves RDS too
// few addresses for a failover and a snapshot restore at once.
const (
	MinPrefix = 16
	MaxPrefix = 20
	MinZones  = 2
	MaxZones  = 4
)

// Layout holds the address range of every subnet, by tier, in the order of the
// zones.
type Layout struct {
	Public, Private, Isolated []string
}

// tier places one kind of subnet inside the VPC's range: zone i gets the
// (first+i)-th block of the VPC's prefix + bits.
type tier struct {
	bits  int
	first uint32
}

// The places of the tiers. For a /16:
//
//	private   4 x /19   x.y.0.0   - x.y.127.255
//	public    4 x /20   x.y.128.0 - x.y.191.255
//	isolated  4 x /23   x.y.192.0 - x.y.199.255
//	free      the rest, for tiers to come
var (
	privateTier  = tier{bits: 3, first: 0}
	publicTier   = tier{bits: 4, first: 8}
	isolatedTier = tier{bits: 7, first: 96}
)

// Plan lays out the subnets of a VPC. A zone's blocks depend on the VPC's range
// and on the zone's position only, so a further zone moves nothing.
func Plan(cidr string, zones int) (Layout, error) {
	vpc, err := ParseCIDR(cidr)
	if zones < MinZones || zones > MaxZones {
		err = errors.Join(err, fmt.Errorf("zones: %d given, must be %d to %d", zones, MinZones, MaxZones))
	}
	if err != nil {
		return Layout{}, err
	}
	return Layout{
		Public:   publicTier.blocks(vpc, zones),
		Private:  privateTier.blocks(vpc, zones),
		Isolated: isolatedTier.blocks(vpc, zones),
	}, nil
}

// ParseCIDR reads the address range of a VPC and says what is wrong with it.
func ParseCIDR(cidr string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is not an address range such as 10.10.0.0/16", cidr)
	case !prefix.Addr().Is4():
		return netip.Prefix{}, fmt.Errorf("%s is not IPv4: use a range such as 10.10.0.0/16", cidr)
	case prefix != prefix.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits set after its prefix: %s is meant", cidr, prefix.Masked())
	case prefix.Bits() < MinPrefix || prefix.Bits() > MaxPrefix:
		return netip.Prefix{}, fmt.Errorf("%s must be /%d to /%d to hold %d zones of three tiers", cidr, MinPrefix, MaxPrefix, MaxZones)
	case !private(prefix):
		return netip.Prefix{}, fmt.Errorf("%s is not private: take a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", cidr)
	}
	return prefix, nil
}

func private(p netip.Prefix) bool {
	for _, block := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		outer := netip.MustParsePrefix(block)
		if outer.Bits() <= p.Bits() && outer.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

func (t tier) blocks(vpc netip.Prefix, zones int) []string {
	bits := vpc.Bits() + t.bits
	base := vpc.Addr().As4()
	start := binary.BigEndian.Uint32(base[:])
	blocks := make([]string, 0, zones)
	for i := range uint32(zones) {
		var addr [4]byte
		binary.BigEndian.PutUint32(addr[:], start+(t.first+i)<<(32-bits))
		blocks = append(blocks, netip.PrefixFrom(netip.AddrFrom4(addr), bits).String())
	}
	return blocks
}
