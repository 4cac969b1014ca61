package layout

import (
	"encoding/json"
	"fmt"
)

// Resolved is one entry of the component's output subnetLayout: what a program
// would pass as a spec, with the strategy Auto, to get the same layout.
type Resolved struct {
	Name       string   `json:"name,omitempty"`
	CIDRBlocks []string `json:"cidrBlocks,omitempty"`
	CIDRMask   int      `json:"cidrMask,omitempty"`
	Size       int      `json:"size,omitempty"`
	Type       string   `json:"type"`
}

// Resolve describes the layout of one zone. Layouts of the strategy Legacy and
// of the default subnets are read off the allocated ranges: names are lost and
// ranges in between become Unused entries.
func (l *Layout) Resolve(subnets []Subnet) []Resolved {
	if l.strategy == Legacy || l.specs == nil {
		return readOff(subnets, len(l.request.Zones))
	}
	resolved := make([]Resolved, len(l.specs))
	for i, spec := range l.specs {
		r := Resolved{Type: spec.Type, CIDRBlocks: spec.CIDRBlocks}
		if spec.Name != nil {
			r.Name = *spec.Name
		}
		if spec.CIDRMask != nil {
			r.CIDRMask = *spec.CIDRMask
		}
		if spec.Size != nil {
			r.Size = *spec.Size
		}
		resolved[i] = r
	}
	return resolved
}

// readOff looks at as many subnets as a zone has, from the start of the list.
// For the default subnets of Legacy, which are listed by type, these are
// private ones of several zones: awsx answers the same.
func readOff(subnets []Subnet, zones int) []Resolved {
	if zones == 0 {
		return nil
	}
	var resolved []Resolved
	first := subnets[:len(subnets)/zones]
	for i, s := range first {
		if i > 0 {
			for _, gap := range gapsBetween(first[i-1].CIDR, s.CIDR) {
				resolved = append(resolved, Resolved{Type: Unused, CIDRMask: gap.Bits()})
			}
		}
		resolved = append(resolved, Resolved{Type: s.Type, CIDRMask: s.CIDR.Bits()})
	}
	return resolved
}

// Warning is what to tell a program that relies on the default strategy with
// specs of its own; empty when there is nothing to tell.
func (l *Layout) Warning(resolved []Resolved) (string, error) {
	if l.request.Strategy != "" || l.specs == nil || l.explicit {
		return "", nil
	}
	if resolved == nil {
		resolved = []Resolved{}
	}
	text, err := json.Marshal(resolved)
	if err != nil {
		return "", fmt.Errorf("describe the subnet layout: %w", err)
	}
	return `The default subnetStrategy will change from "Legacy" to "Auto" in the next major version. ` +
		"Please specify the subnetStrategy explicitly. " +
		`The current subnet layout can be specified via "Auto" as:` + "\n\n" + string(text), nil
}
