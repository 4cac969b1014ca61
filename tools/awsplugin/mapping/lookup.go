package mapping

import "slices"

// Resources returns the table of all resources.
func Resources() []Resource {
	return slices.Concat(network, loadBalancing, compute, containers, data, storage, identity, observability, messaging, edge, secrets)
}

// Functions returns the table of all functions.
func Functions() []Function { return functions }

// TerraformType returns the Terraform resource behind a Pulumi type token.
func TerraformType(token string) (string, bool) {
	for _, r := range Resources() {
		if r.Token() == token {
			return r.Terraform, true
		}
	}
	return "", false
}

// ResourceTypes returns the Terraform names of all resources.
func ResourceTypes() []string {
	var names []string
	for _, r := range Resources() {
		names = append(names, r.Terraform)
	}
	return names
}

// DataSourceTypes returns the Terraform names of all data sources.
func DataSourceTypes() []string {
	var names []string
	for _, f := range functions {
		names = append(names, f.Terraform)
	}
	return names
}
