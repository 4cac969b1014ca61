// Package prices holds AWS's list prices as dated data files, one for a region.
package prices

import _ "embed"

// USEast1 is the price list of us-east-1.
//
//go:embed us-east-1.yaml
var USEast1 []byte
