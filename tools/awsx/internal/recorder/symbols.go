package recorder

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Component is the symbol of the component itself.
const Component = "component"

// Symbol is the short name of a resource: ${vpc}, ${subnet:net-public-1} ...
// without the braces.
func Symbol(urn string) string {
	u := resource.URN(urn)
	if !u.IsValid() {
		return urn
	}
	if u.Type() == "awsx:ec2:Vpc" {
		return Component
	}
	// aws:ec2/subnet:Subnet -> subnet
	kind := string(u.Type().Module().Name())
	if i := strings.LastIndex(kind, "/"); i >= 0 {
		kind = kind[i+1:]
	}
	switch kind {
	case "vpc", "internetGateway":
		return kind
	}
	return kind + ":" + u.Name()
}

// Symbols names several resources.
func Symbols(urns []string) []string {
	symbols := make([]string, len(urns))
	for i, urn := range urns {
		symbols[i] = Symbol(urn)
	}
	return symbols
}
