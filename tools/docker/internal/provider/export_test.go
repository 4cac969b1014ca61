package provider

// BuildSecrets is buildSecrets for the tests.
var BuildSecrets = buildSecrets
