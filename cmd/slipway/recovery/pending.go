package recovery

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"gitlab.com/slipway/slipway/cmd/slipway/backend"
	"gitlab.com/slipway/slipway/internal/problem"
)

// States reads the state of a stack.
type States interface {
	State(ctx context.Context) (*backend.State, error)
}

// Pulumi runs pulumi with these arguments, under the lease.
type Pulumi func(arguments ...string) error

// Pending resolves the operations that an earlier pulumi had begun and whose end
// it did not record. Only under the lease, and without a lock file in the way.
type Pending struct {
	States States
	Finder finder
	Pulumi Pulumi
	Say    func(string)
	// Pause is how long to wait between looks at a resource that AWS still
	// creates. Default: 10 s.
	Pause time.Duration
}

// unfinished are the types that exist before they are ready, by the output that
// tells it and its value when they are: what reads them earlier gets no address.
var unfinished = map[string]struct{ output, ready string }{
	"aws:rds/instance:Instance":                {"status", "available"},
	"aws:cloudfront/distribution:Distribution": {"status", "Deployed"},
}

// Resolve leaves no operation pending.
func (p *Pending) Resolve(ctx context.Context) error {
	state, err := p.States.State(ctx)
	if err != nil || state == nil || len(state.Pending) == 0 {
		return err
	}
	known := map[string]bool{}
	for _, resource := range state.Resources {
		known[resource.ID] = true
		if arn, ok := resource.Outputs["arn"].(string); ok {
			known[arn] = true
		}
	}
	adopted := map[string]string{}
	for _, operation := range state.Pending {
		resource := operation.Resource
		p.Say(fmt.Sprintf("recovery: %s of %s was under way when pulumi was ended", operation.Type, label(resource)))
		if operation.Type != "creating" {
			continue
		}
		ids, err := identify(ctx, p.Finder, resource, known)
		switch {
		case err != nil:
			return err
		case len(ids) == 1:
			p.Say(fmt.Sprintf("recovery: taking %s into the state, if AWS has it", ids[0]))
			adopted[resource.URN] = ids[0]
		case len(ids) > 1:
			p.Say(fmt.Sprintf("warning: recovery can't tell which of %s it is, and leaves them: look at them and delete what nobody uses", strings.Join(ids, ", ")))
		case harmless(resource.Type):
			p.Say("recovery: it is written again")
		default:
			p.Say("recovery: AWS does not have it: it is made again")
		}
	}
	if err := p.settle(state, adopted); err != nil {
		return &problem.Problem{
			What:  "what an earlier pulumi had begun can't be resolved",
			Todo:  "see the lines above, correct the cause and repeat: nothing is lost, and the next run tries again",
			Cause: err,
		}
	}
	return p.await(ctx, slices.Collect(maps.Keys(adopted)))
}

// settle takes the adopted resources into the state, by URN and ID, leaves no
// operation pending, and has AWS asked about every resource that had one. Pulumi
// drops what AWS does not have.
func (p *Pending) settle(state *backend.State, adopted map[string]string) error {
	file, err := os.CreateTemp("", "slipway-recovery-*.json")
	if err != nil {
		return fmt.Errorf("make a file for the state: %w", err)
	}
	defer os.Remove(file.Name())
	if err := file.Close(); err != nil {
		return fmt.Errorf("make a file for the state: %w", err)
	}
	if err := p.Pulumi("stack", "export", "--file", file.Name()); err != nil {
		return fmt.Errorf("export the state: %w", err)
	}
	exported, err := os.ReadFile(file.Name())
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	edited, err := adopt(exported, adopted)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file.Name(), edited, 0o600); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	if err := p.Pulumi("stack", "import", "--file", file.Name()); err != nil {
		return fmt.Errorf("import the state: %w", err)
	}
	arguments := []string{"refresh", "--yes", "--skip-preview"}
	for _, operation := range state.Pending {
		_, isAdopted := adopted[operation.Resource.URN]
		if isAdopted || slices.ContainsFunc(state.Resources, func(r backend.Resource) bool { return r.URN == operation.Resource.URN }) {
			arguments = append(arguments, "--target", operation.Resource.URN)
		}
	}
	if len(arguments) == 3 {
		return nil
	}
	if err := p.Pulumi(arguments...); err != nil {
		return fmt.Errorf("ask AWS: %w", err)
	}
	return nil
}

// adopt moves resources from the pending operations of an exported state to its
// resources, with their IDs, and drops the other operations. Everything that it
// does not know it leaves as it is.
func adopt(exported []byte, adopted map[string]string) ([]byte, error) {
	var file map[string]json.RawMessage
	var deployment map[string]json.RawMessage
	var resources []json.RawMessage
	var operations []struct {
		Resource map[string]json.RawMessage `json:"resource"`
	}
	if err := json.Unmarshal(exported, &file); err != nil {
		return nil, fmt.Errorf("read the exported state: %w", err)
	}
	if err := json.Unmarshal(file["deployment"], &deployment); err != nil {
		return nil, fmt.Errorf("read the exported state: %w", err)
	}
	for name, into := range map[string]any{"resources": &resources, "pending_operations": &operations} {
		if text, ok := deployment[name]; ok {
			if err := json.Unmarshal(text, into); err != nil {
				return nil, fmt.Errorf("read %s of the exported state: %w", name, err)
			}
		}
	}
	for _, operation := range operations {
		var urn string
		if err := json.Unmarshal(operation.Resource["urn"], &urn); err != nil {
			return nil, fmt.Errorf("read a pending operation: %w", err)
		}
		id, ok := adopted[urn]
		if !ok {
			continue
		}
		operation.Resource["id"] = encode(id)
		// Without outputs the provider reads the resource as one to import.
		delete(operation.Resource, "outputs")
		resources = append(resources, encode(operation.Resource))
	}
	delete(deployment, "pending_operations")
	deployment["resources"] = encode(resources)
	file["deployment"] = encode(deployment)
	return encode(file), nil
}

// encode is the JSON of what was JSON before, which can't fail.
func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// await waits for resources that AWS still creates, and reads them again.
func (p *Pending) await(ctx context.Context, imported []string) error {
	pause := p.Pause
	if pause == 0 {
		pause = 10 * time.Second
	}
	for {
		state, err := p.States.State(ctx)
		if err != nil || state == nil {
			return err
		}
		arguments := []string{"refresh", "--yes", "--skip-preview"}
		for _, resource := range state.Resources {
			wanted, awaited := unfinished[resource.Type]
			for _, urn := range imported {
				if awaited && urn == resource.URN && resource.Outputs[wanted.output] != wanted.ready {
					p.Say(fmt.Sprintf("recovery: waiting for %s: %v", label(resource), resource.Outputs[wanted.output]))
					arguments = append(arguments, "--target", urn)
				}
			}
		}
		if len(arguments) == 3 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
		if err := p.Pulumi(arguments...); err != nil {
			return fmt.Errorf("read what AWS still creates: %w", err)
		}
	}
}

// label is a resource's type and name.
func label(resource backend.Resource) string {
	name := resource.URN[strings.LastIndex(resource.URN, "::")+2:]
	parts := strings.Split(resource.Type, ":")
	module, _, _ := strings.Cut(parts[1], "/")
	return module + "." + parts[len(parts)-1] + " " + name
}
