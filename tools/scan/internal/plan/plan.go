package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/internal/mocktest"
	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/scan/internal/names"
)

// provider is the name of the AWS provider in plans.
const provider = "registry.terraform.io/hashicorp/aws"

// Resource is a resource of the plan.
type Resource struct {
	// Address is Terraform's, such as aws_s3_bucket.prod-media.
	Address string
	// Type and Name are the parts of the address.
	Type, Name string
	// Pulumi is the type and name in Pulumi, such as "s3.BucketV2 prod-media".
	Pulumi string
	// Component is the nearest component around it, written in the same way.
	Component string

	token       string
	values      map[string]any
	sensitive   map[string]any
	expressions map[string]any
}

// Plan is what one stack registers.
type Plan struct {
	Resources []Resource
	region    string
}

var (
	// others are packages that Terraform's AWS provider has no part in.
	others = []string{"docker:", "pulumi:"}
	awsx   = []string{"awsx:"}
)

// New translates a recording. region is where the stack is.
func New(recording *mocktest.Recording, region string) (*Plan, error) {
	table, err := names.Load()
	if err != nil {
		return nil, err
	}
	b := &builder{
		table:    table,
		byURN:    map[string]*Resource{},
		sources:  map[string]mocktest.Resource{},
		children: map[string][]string{},
		newer:    map[string][]string{},
		taken:    map[string]string{},
	}
	for _, r := range mapping.Resources() {
		b.newer[r.Token()] = r.Newer
	}
	all := recording.All()
	for _, r := range all {
		b.sources[r.URN] = r
	}
	p := &Plan{region: region}
	var problems []error
	for _, r := range all {
		if !r.Custom || belongsTo(r.Type, others) {
			continue
		}
		resource, err := b.declare(r)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		b.byURN[r.URN] = resource
		for _, outer := range b.ancestors(r) {
			b.children[outer.URN] = append(b.children[outer.URN], r.URN)
		}
	}
	for _, r := range all {
		resource, declared := b.byURN[r.URN]
		if !declared {
			continue
		}
		if err := b.fill(resource, r); err != nil {
			problems = append(problems, err)
		}
		p.Resources = append(p.Resources, *resource)
	}
	return p, errors.Join(problems...)
}

// builder holds what the translations of all resources share.
type builder struct {
	table    *names.Table
	byURN    map[string]*Resource
	sources  map[string]mocktest.Resource
	children map[string][]string // URNs of what is below a component of others.
	newer    map[string][]string // Properties that the table is too old for, by type.
	taken    map[string]string   // The URN behind each address.
}

// declare gives a resource its address.
func (b *builder) declare(r mocktest.Resource) (*Resource, error) {
	typ, known := mapping.TerraformType(r.Type)
	if !known {
		return nil, fmt.Errorf("%s: no Terraform type for %s: add it to tools/awsplugin/mapping", r.Key(), r.Type)
	}
	if _, known := b.table.Resources[r.Type]; !known {
		return nil, fmt.Errorf("%s: no names of %s: run `go test ./internal/names -update` in tools/scan", r.Key(), r.Type)
	}
	resource := &Resource{Type: typ, Name: identifier(r.Name), Pulumi: r.Key(), Component: b.component(r), token: r.Type}
	resource.Address = typ + "." + resource.Name
	if other, taken := b.taken[resource.Address]; taken {
		return nil, fmt.Errorf("%s and %s would both be %s", r.URN, other, resource.Address)
	}
	b.taken[resource.Address] = r.URN
	return resource, nil
}

// ancestors are what a resource is in, the nearest first.
func (b *builder) ancestors(r mocktest.Resource) []mocktest.Resource {
	var all []mocktest.Resource
	for parent, known := b.sources[r.ParentURN]; known; parent, known = b.sources[parent.ParentURN] {
		all = append(all, parent)
	}
	return all
}

// component is the nearest of the program's components around a resource.
func (b *builder) component(r mocktest.Resource) string {
	for _, outer := range b.ancestors(r) {
		if !outer.Custom && !belongsTo(outer.Type, awsx) {
			return outer.Key()
		}
	}
	return ""
}

// fill translates a resource's inputs.
func (b *builder) fill(resource *Resource, r mocktest.Resource) error {
	resource.values, resource.sensitive, resource.expressions = map[string]any{}, map[string]any{}, map[string]any{}
	properties := b.table.Resources[r.Type]
	var problems []error
	for _, key := range r.Inputs.StableKeys() {
		name := string(key)
		property, known := properties[name]
		if !known {
			if !slices.Contains(b.newer[r.Type], name) {
				problems = append(problems, fmt.Errorf("%s: Terraform has no %s: run `go test ./internal/names -update` in tools/scan", r.Key(), name))
				continue
			}
			property = names.Property{Name: names.Snake(name), Type: names.Type{Kind: names.Any}}
		}
		t := &translation{builder: b, place: r.Key() + ": " + name, from: r.InputDependencies[name], placed: map[string]bool{}}
		v := t.value(property.Type, r.Inputs[key])
		if len(t.problems) > 0 {
			problems = append(problems, t.problems...)
			continue
		}
		if !v.known {
			continue
		}
		resource.values[property.Name] = v.value
		if v.sensitive != false {
			resource.sensitive[property.Name] = v.sensitive
		}
		if expression := t.withUnplaced(v); expression != nil {
			resource.expressions[property.Name] = expression
		}
	}
	return errors.Join(problems...)
}

// identifier makes a Terraform name of a Pulumi one.
func identifier(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		}
		return '_'
	}, name)
}

func belongsTo(token string, packages []string) bool {
	for _, p := range packages {
		if strings.HasPrefix(token, p) {
			return true
		}
	}
	return false
}

// Find returns the resource with this address, nil if there is none.
func (p *Plan) Find(address string) *Resource {
	for i := range p.Resources {
		if p.Resources[i].Address == address {
			return &p.Resources[i]
		}
	}
	return nil
}
