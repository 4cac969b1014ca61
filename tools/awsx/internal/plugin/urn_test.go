package plugin_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

func parentOf(t *testing.T, child recorder.Registration) named {
	t.Helper()
	urn := resource.URN(child.GetParent())
	require.True(t, urn.IsValid(), "parent %q", child.GetParent())
	return named{string(urn.Type()), urn.Name()}
}

// symbolicURN replaces the stack and the project as the recordings do.
func symbolicURN(urn string) string {
	return strings.Replace(urn, "urn:pulumi:"+recorder.Stack+"::"+recorder.Project+"::", "urn:pulumi:${stack}::${project}::", 1)
}
