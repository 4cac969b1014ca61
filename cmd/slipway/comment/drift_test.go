package comment_test

import (
	"testing"

	"gitlab.com/slipway/slipway/cmd/slipway/comment"
	"gitlab.com/slipway/slipway/cmd/slipway/plan"
)

// A refresh of the image's build sees an expired login, not AWS.
func TestTheBuildOfAnImageIsNoDrift(t *testing.T) {
	for token, want := range map[string]bool{
		"docker:index/registryImage:RegistryImage": false,
		"docker:index/buildxBuilder:BuildxBuilder": false,
		"aws:ecs/service:Service":                  true,
	} {
		drift := &comment.Drift{Plan: &plan.Plan{Stack: "staging", Steps: []plan.Step{{Op: plan.Create, Type: token}}}}
		if got := drift.Found(); got != want {
			t.Errorf("%s: got %t", token, got)
		}
	}
}
