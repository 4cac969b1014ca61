package layout

import "strings"

// The subnet types that awsx knows. Types are compared without regard to case
// unless said otherwise.
const (
	Public   = "Public"
	Private  = "Private"
	Isolated = "Isolated"
	// Unused reserves a range in which no subnet is made.
	Unused = "Unused"
)

// The allocation strategies. Any other value behaves as Exact without its
// check for gaps, as in awsx.
const (
	Legacy = "Legacy"
	Auto   = "Auto"
	Exact  = "Exact"
)

// Spec asks for one subnet in every availability zone. All fields but Type are
// optional; nil means not given.
type Spec struct {
	Type string
	// Name replaces the type in the subnets' names.
	Name *string
	// CIDRMask is the prefix length of the subnets, 1 to 32.
	CIDRMask *int
	// Size is the number of addresses, a power of two from 4.
	Size *int
	// CIDRBlocks has one block per zone.
	CIDRBlocks []string
}

// Is reports whether a subnet type is the wanted one.
func Is(kind, want string) bool { return strings.EqualFold(kind, want) }

// label is the part of a subnet's name that tells the specs of a zone apart.
func (s Spec) label() string {
	if s.Name != nil {
		return *s.Name
	}
	return strings.ToLower(s.Type)
}
