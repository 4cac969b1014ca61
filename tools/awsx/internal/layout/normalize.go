package layout

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// smallestMask is the mask of the smallest size that may be given (4 addresses).
const smallestMask = 30

// normalize checks that masks, sizes and blocks agree and fills in the mask or
// the size where the other is given. explicit is true when blocks are given.
func normalize(specs []Spec, zones int) (normalized []Spec, explicit bool, err error) {
	var issues []string
	if wrong := invalidSizes(specs); len(wrong) > 0 {
		issues = append(issues, fmt.Sprintf("The following subnet sizes are invalid: %s. Valid sizes are: %s.",
			strings.Join(wrong, ", "), validSizes()))
	}
	for i, spec := range specs {
		if spec.CIDRMask != nil && (*spec.CIDRMask < 1 || *spec.CIDRMask > addressBits) {
			issues = append(issues, fmt.Sprintf("The cidrMask in subnetSpecs[%d] must be between 1 and 32, not %d.", i, *spec.CIDRMask))
		}
	}
	explicit = slices.ContainsFunc(specs, func(s Spec) bool { return s.CIDRBlocks != nil })
	for i, spec := range specs {
		var issue string
		if explicit {
			issue, err = explicitIssue(i, spec, zones)
		} else {
			spec, issue = normalizeMask(spec)
		}
		if err != nil {
			return nil, false, err
		}
		if issue != "" {
			issues = append(issues, issue)
			continue
		}
		normalized = append(normalized, spec)
	}
	if len(issues) > 0 {
		return nil, false, errors.New("Invalid subnet specifications:\n - " + strings.Join(issues, "\n - ")) //nolint:staticcheck // awsx's text
	}
	return normalized, explicit, nil
}

// explicitIssue says what is wrong with a spec of which the blocks are, or
// should be, given.
func explicitIssue(i int, spec Spec, zones int) (string, error) {
	if spec.CIDRBlocks == nil {
		return "If any subnet spec has explicit cidrBlocks, all subnets must have explicit cidrBlocks.", nil
	}
	if len(spec.CIDRBlocks) != zones {
		return fmt.Sprintf("The number of CIDR blocks in subnetSpecs[%d] must match the number of availability zones (%d).", i, zones), nil
	}
	sameMask, sameSize := true, true
	for _, text := range spec.CIDRBlocks {
		p, err := parseBlock(text)
		if err != nil {
			return "", fmt.Errorf("subnetSpecs[%d].cidrBlocks: %w", i, err)
		}
		sameMask = sameMask && (spec.CIDRMask == nil || p.Bits() == *spec.CIDRMask)
		sameSize = sameSize && (spec.Size == nil || size(p.Bits()) == uint64(*spec.Size))
	}
	switch {
	case !sameMask:
		return fmt.Sprintf("The cidrMask in subnetSpecs[%d] must match all cidrBlocks or be left undefined.", i), nil
	case !sameSize:
		return fmt.Sprintf("The size in subnetSpecs[%d] must match all cidrBlocks or be left undefined.", i), nil
	}
	return "", nil
}

// normalizeMask derives mask and size from one another.
func normalizeMask(spec Spec) (Spec, string) {
	given := spec.Size
	if spec.CIDRMask == nil && given != nil {
		mask := slices.Index(sizes(), *given)
		if mask < 1 {
			return spec, "" // Reported as an invalid size.
		}
		spec.CIDRMask = &mask
	}
	spec.Size = nil
	if spec.CIDRMask == nil || *spec.CIDRMask < 1 || *spec.CIDRMask > smallestMask {
		return spec, ""
	}
	expected := int(size(*spec.CIDRMask))
	if given != nil && *given != expected {
		return spec, fmt.Sprintf("Subnet size %d does not match the expected size for a /%d subnet (%d).", *given, *spec.CIDRMask, expected)
	}
	spec.Size = &expected
	return spec, ""
}

func invalidSizes(specs []Spec) []string {
	var wrong []string
	for _, spec := range specs {
		if spec.Size != nil && !slices.Contains(sizes(), *spec.Size) {
			wrong = append(wrong, strconv.Itoa(*spec.Size))
		}
	}
	return wrong
}

// sizes lists the valid sizes; the index is the mask.
func sizes() []int {
	all := make([]int, smallestMask+1)
	for mask := range all {
		all[mask] = int(size(mask))
	}
	return all
}

func validSizes() string {
	var texts []string
	for _, n := range sizes() {
		texts = append(texts, strconv.Itoa(n))
	}
	return strings.Join(texts, ", ")
}
