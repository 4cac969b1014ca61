package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// Op is what happens to a resource.
type Op string

// The operations, in the order in which people should look at them.
const (
	Delete  Op = "delete"
	Replace Op = "replace"
	Update  Op = "update"
	Create  Op = "create"
	Read    Op = "read"
	Same    Op = "same"
)

// Ops are all operations that change something, the gravest first.
var Ops = []Op{Delete, Replace, Update, Create}

// ops translates Pulumi's operations. Steps of a replacement count once, as the
// replacement.
var ops = map[string]Op{
	"create":                 Create,
	"import":                 Create,
	"import-replacement":     Replace,
	"update":                 Update,
	"replace":                Replace,
	"delete":                 Delete,
	"discard":                Delete,
	"discard-replaced":       Same,
	"create-replacement":     Replace,
	"delete-replaced":        Same,
	"remove-pending-replace": Same,
	"read":                   Read,
	"read-replacement":       Read,
	"read-discard":           Read,
	"refresh":                Same,
	"same":                   Same,
}

// Step is what is planned for one resource.
type Step struct {
	Op   Op
	Type string
	Name string
	// Component is what the resource is listed under: the component right below
	// the stack that it belongs to, without the stack's name.
	Component string
	// Protected reports whether Pulumi refuses to delete the resource as it is.
	Protected bool
	// Reasons are the properties that a replacement is for.
	Reasons []string

	before, after *apitype.ResourceV3
	// changed are the paths of the properties that differ, as Pulumi says.
	changed []string
}

// Plan is what is planned for one stack.
type Plan struct {
	Stack string
	Steps []Step
	// Notes, Warnings and Errors are what the program, Pulumi and its plugins said.
	Notes, Warnings, Errors []string
}

// digest is Pulumi's document, as far as it is read here.
type digest struct {
	Steps []struct {
		Op             string                 `json:"op"`
		URN            resource.URN           `json:"urn"`
		OldState       *apitype.ResourceV3    `json:"oldState"`
		NewState       *apitype.ResourceV3    `json:"newState"`
		ReplaceReasons []resource.PropertyKey `json:"replaceReasons"`
		DetailedDiff   map[string]any         `json:"detailedDiff"`
	} `json:"steps"`
	Diagnostics []struct {
		Message  string `json:"message"`
		Severity string `json:"severity"`
	} `json:"diagnostics"`
}

// Parse reads Pulumi's JSON about a stack. What comes before the document, such as
// the output of a build, is passed over.
func Parse(stack string, text []byte) (*Plan, error) {
	start := slices.Index(text, '{')
	if start < 0 {
		return nil, fmt.Errorf("read the preview of %s: it holds no JSON: make it with pulumi preview --json --show-sames", stack)
	}
	var d digest
	if err := json.Unmarshal(text[start:], &d); err != nil {
		return nil, fmt.Errorf("read the preview of %s: make it with pulumi preview --json --show-sames: %w", stack, err)
	}
	p := &Plan{Stack: stack}
	for _, said := range d.Diagnostics {
		message := strings.TrimSpace(said.Message)
		switch said.Severity {
		case "info":
			p.Notes = append(p.Notes, message)
		case "warning":
			p.Warnings = append(p.Warnings, message)
		case "error":
			p.Errors = append(p.Errors, message)
		}
	}
	if len(d.Steps) == 0 && len(p.Errors) == 0 {
		return nil, fmt.Errorf("read the preview of %s: it holds neither steps nor errors", stack)
	}
	return p, p.read(d)
}

func (p *Plan) read(d digest) error {
	parents := map[resource.URN]resource.URN{}
	var problems []error
	for _, step := range d.Steps {
		for _, state := range []*apitype.ResourceV3{step.OldState, step.NewState} {
			if state != nil {
				parents[step.URN] = state.Parent
			}
		}
		if !step.URN.IsValid() {
			problems = append(problems, fmt.Errorf("%q is no URN", step.URN))
			continue
		}
		if step.URN.Stack().Name().String() != p.Stack {
			problems = append(problems, fmt.Errorf("%s is of another stack", step.URN))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("read the preview of %s: %w", p.Stack, err)
	}
	at := map[resource.URN]int{}
	for _, step := range d.Steps {
		op, known := ops[step.Op]
		if !known {
			return fmt.Errorf("read the preview of %s: %s: operation %q is not known", p.Stack, step.URN, step.Op)
		}
		if step.URN.QualifiedType() == resource.RootStackType {
			continue
		}
		s := Step{
			Op: op, Type: string(step.URN.Type()), Name: step.URN.Name(),
			Component: strings.TrimPrefix(outermost(step.URN, parents).Name(), string(step.URN.Project())+"-"+p.Stack+"-"),
			before:    step.OldState, after: step.NewState,
			Protected: step.OldState != nil && step.OldState.Protect,
			changed:   slices.Sorted(maps.Keys(step.DetailedDiff)),
		}
		for _, reason := range step.ReplaceReasons {
			s.Reasons = append(s.Reasons, string(reason))
		}
		// A refresh and a replacement both have several steps for a resource: the
		// gravest counts.
		if i, twice := at[step.URN]; twice {
			p.Steps[i] = merge(p.Steps[i], s)
			continue
		}
		at[step.URN] = len(p.Steps)
		p.Steps = append(p.Steps, s)
	}
	return nil
}

// merge is one step for two of the same resource: the last one, unless an earlier
// one is graver. Steps of a replacement lack one of the two states.
func merge(first, second Step) Step {
	merged := second
	if rank(first.Op) < rank(second.Op) {
		merged.Op, merged.Reasons, merged.changed = first.Op, first.Reasons, first.changed
	}
	// What a refresh does not find has nothing before.
	if merged.before == nil && merged.Op != Create {
		merged.before = first.before
	}
	if merged.after == nil {
		merged.after = first.after
	}
	merged.Protected = first.Protected || second.Protected
	return merged
}

// rank is an operation's place among those that change something.
func rank(op Op) int {
	if i := slices.Index(Ops, op); i >= 0 {
		return i
	}
	return len(Ops)
}

// outermost is the component right below the stack that a resource belongs to.
func outermost(urn resource.URN, parents map[resource.URN]resource.URN) resource.URN {
	for {
		parent, known := parents[urn]
		if !known || parent == "" || parent.QualifiedType() == resource.RootStackType {
			return urn
		}
		urn = parent
	}
}

// Changes are the steps that change something, the gravest first.
func (p *Plan) Changes() []Step {
	var changes []Step
	for _, op := range Ops {
		for _, step := range p.Steps {
			if step.Op == op {
				changes = append(changes, step)
			}
		}
	}
	return changes
}

// Count is how many resources an operation is planned for.
func (p *Plan) Count(op Op) int {
	count := 0
	for _, step := range p.Steps {
		if step.Op == op {
			count++
		}
	}
	return count
}

// New reports whether nothing of the stack is there yet.
func (p *Plan) New() bool {
	return !slices.ContainsFunc(p.Steps, func(step Step) bool { return step.before != nil })
}

// Resources lists what there is before and after the plan, for prices.
func (p *Plan) Resources() (before, after []pricing.Resource) {
	for _, step := range p.Steps {
		if step.before != nil {
			before = append(before, step.resource(step.before))
		}
		if step.after != nil && step.Op != Delete {
			after = append(after, step.resource(step.after))
		}
	}
	return withoutEmptyVPC(before), withoutEmptyVPC(after)
}

func (s Step) resource(state *apitype.ResourceV3) pricing.Resource {
	return pricing.Resource{Type: s.Type, Name: s.Name, Component: s.Component, Properties: state.Inputs}
}

// withoutEmptyVPC leaves out a VPC component whose inputs Pulumi does not record:
// its children are there and say more.
func withoutEmptyVPC(resources []pricing.Resource) []pricing.Resource {
	return slices.DeleteFunc(resources, func(res pricing.Resource) bool {
		return res.Type == "awsx:ec2:Vpc" && len(res.Properties) == 0
	})
}
