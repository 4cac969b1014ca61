package layout

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
)

const addressBits = 32

// parseBlock reads an IPv4 block in CIDR notation. The address may have host
// bits set: what is done about them depends on the allocator.
func parseBlock(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is4() {
		return netip.Prefix{}, fmt.Errorf("invalid IPv4 CIDR block %q: want an address and a mask such as 10.0.0.0/16", s)
	}
	return p, nil
}

// block makes the block of the given mask around an address, masked.
func block(address uint64, mask int) (netip.Prefix, error) {
	p, err := rawBlock(address, mask)
	return p.Masked(), err
}

// rawBlock is block without the masking.
func rawBlock(address uint64, mask int) (netip.Prefix, error) {
	if mask < 0 || mask > addressBits {
		return netip.Prefix{}, fmt.Errorf("invalid mask for ip4: %d", mask)
	}
	if address >= 1<<addressBits {
		return netip.Prefix{}, fmt.Errorf("a /%d subnet would lie beyond the end of the IPv4 address space; use a VPC CIDR block further from 255.255.255.255", mask)
	}
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], uint32(address))
	return netip.PrefixFrom(netip.AddrFrom4(a), mask), nil
}

// address is the block's address as a number, host bits included.
func address(p netip.Prefix) uint64 {
	a := p.Addr().As4()
	return uint64(binary.BigEndian.Uint32(a[:]))
}

// size is the number of addresses in a block of the given mask.
func size(mask int) uint64 { return 1 << (addressBits - mask) }

// end is the first address after the block.
func end(p netip.Prefix) uint64 { return address(p.Masked()) + size(p.Bits()) }

// next is the block of the same size that follows.
func next(p netip.Prefix) (netip.Prefix, error) { return block(end(p), p.Bits()) }

// following is the first block of the given mask that lies wholly after p.
func following(p netip.Prefix, mask int) (netip.Prefix, error) {
	last, err := block(end(p)-1, mask)
	if err != nil {
		return netip.Prefix{}, err
	}
	return next(last)
}

// subnet is the n-th block with newBits more mask bits than p, counted from
// p's address as it stands. newBits may be negative.
func subnet(p netip.Prefix, newBits, n int) (netip.Prefix, error) {
	mask := p.Bits() + newBits
	if mask > addressBits {
		return netip.Prefix{}, fmt.Errorf("Requested %d new bits, but only %d are available.", newBits, addressBits-p.Bits()) //nolint:staticcheck // awsx's text
	}
	if mask < 0 {
		return netip.Prefix{}, fmt.Errorf("invalid mask for ip4: %d", mask)
	}
	return rawBlock(address(p)+uint64(n)*size(mask), mask)
}

// contains reports whether inner lies wholly within outer.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Overlaps(inner)
}

// lastHost is the block's last address that a host can have: the broadcast
// address is left out where there is one (/30 and larger).
func lastHost(p netip.Prefix) string {
	last := end(p) - 1
	if p.Bits() <= 30 {
		last--
	}
	host, err := rawBlock(last, addressBits)
	if err != nil {
		return p.String()
	}
	return host.Addr().String()
}

// bitsFor is the number of bits that tell count things apart.
func bitsFor(count int) int {
	if count <= 1 {
		return 0
	}
	return bits.Len(uint(count - 1))
}
