package share

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/plan"
	"gitlab.com/slipway/slipway/internal/problem"
)

// Copy is the shared copy of one stack's state.
type Copy struct {
	// Written is when the state was written that this is a copy of.
	Written time.Time `json:"written"`
	// State is what pulumi stack import takes.
	State State `json:"state"`
}

// State is Pulumi's document about a stack, see pulumi stack export.
type State struct {
	Version    int            `json:"version"`
	Deployment map[string]any `json:"deployment"`
}

// unshared are the parts of a state that open or repeat secrets: the encrypted key,
// and operations under way, of which a preview knows nothing.
var unshared = []string{"secrets_providers", "pending_operations"}

// Of makes the copy of a state, as Pulumi keeps it in its bucket.
func Of(stack string, text []byte, written time.Time) (*Copy, error) {
	var file struct {
		Version    int `json:"version"`
		Checkpoint struct {
			Latest map[string]any `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := decode(text, &file); err != nil || file.Checkpoint.Latest == nil {
		return nil, &problem.Problem{What: fmt.Sprintf("the state of %s can't be read", stack), Todo: "restore an older version: make state-history, make state-restore", Cause: err}
	}
	deployment := file.Checkpoint.Latest
	for _, part := range unshared {
		delete(deployment, part)
	}
	scrub(deployment)
	return &Copy{Written: written.UTC(), State: State{Version: file.Version, Deployment: deployment}}, nil
}

// Read reads a copy as JSON has it.
func Read(stack string, text []byte) (*Copy, error) {
	c := &Copy{}
	if err := decode(text, c); err != nil || c.State.Deployment == nil {
		return nil, &problem.Problem{What: fmt.Sprintf("the shared copy of %s can't be read", stack), Todo: "deploy the stack, which writes a new one", Cause: err}
	}
	return c, nil
}

// decode keeps numbers as they are written: a state has large ones.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// scrub puts a mark in the place of every secret below a value, and returns what is
// to stand in the value's own place.
func scrub(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if plan.IsSecret(value) {
			return mark(value)
		}
		for key, below := range value {
			if text, is := below.(string); is && text != "" && plan.Confidential(key) {
				value[key] = plan.Masked
				continue
			}
			value[key] = scrub(below)
		}
	case []any:
		for i, below := range value {
			value[i] = scrub(below)
		}
	}
	return value
}

// mark is what stands in the place of a secret. One that holds nothing stays so:
// many properties are secret and not set, and a mark would be a difference. The
// length of the encrypted text tells: what Pulumi encrypts, with 16 bytes more, is the
// value as JSON, "" or null for nothing.
// https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/config/crypt.go
func mark(secret map[string]any) any {
	text, _ := secret["ciphertext"].(string)
	encrypted, err := base64.StdEncoding.DecodeString(text[strings.LastIndex(text, ":")+1:])
	if err != nil {
		return plan.Masked
	}
	switch len(encrypted) - 16 {
	case len(`""`):
		return ""
	case len(`null`):
		return nil
	}
	return plan.Masked
}

// Outputs are the stack's, with marks in the place of secrets.
func (c *Copy) Outputs() map[string]any {
	resources, _ := c.State.Deployment["resources"].([]any)
	for _, resource := range resources {
		if resource, is := resource.(map[string]any); is && resource["type"] == "pulumi:pulumi:Stack" {
			outputs, _ := resource["outputs"].(map[string]any)
			return outputs
		}
	}
	return nil
}
