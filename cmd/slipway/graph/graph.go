package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
)

// Graph is what is drawn: boxes, and arrows from each to what it uses.
type Graph struct {
	Title  string  `json:"title"`
	Boxes  []Box   `json:"boxes"`
	Arrows []Arrow `json:"arrows"`
}

// Box is a component with the types of its resources, or a resource.
type Box struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Lines []string `json:"lines,omitempty"`
	// Outside is what the picture is not about: the internet, other components.
	Outside bool `json:"outside,omitempty"`
	// Protected boxes hold something that Pulumi refuses to delete.
	Protected bool `json:"protected,omitempty"`
}

// Arrow says that From uses To, by the boxes' IDs.
type Arrow struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// internet is the box of those who use the app.
const internet = "internet"

// shown is how many types of resources a component's box lists.
const shown = 8

// Overview draws the components of a stack. An arrow is drawn only where no chain
// of other arrows says the same.
func Overview(stack string, resources []environment.Registration) *Graph {
	g := &Graph{Title: fmt.Sprintf("%s: %d resources in %d components", stack, count(resources), len(Components(resources)))}
	uses := map[string]map[string]bool{internet: {}}
	owner := owners(resources)
	for _, name := range Components(resources) {
		uses[name] = map[string]bool{}
		box := Box{ID: name, Name: name}
		types := map[string]int{}
		for _, res := range of(resources, name) {
			types[res.kind()]++
			box.Protected = box.Protected || res.Protected
			if res.public() {
				uses[internet][name] = true
			}
			for used := range res.uses() {
				if other := owner[used]; other != "" && other != name {
					uses[name][other] = true
				}
			}
		}
		box.Lines = lines(types)
		g.Boxes = append(g.Boxes, box)
	}
	if len(uses[internet]) > 0 {
		g.Boxes = append(g.Boxes, Box{ID: internet, Name: "internet", Outside: true})
	}
	g.connect(uses)
	return g
}

// Component draws the resources of one component, and what else they use. It fails
// for a name that the stack does not have.
func Component(stack, name string, resources []environment.Registration) (*Graph, error) {
	if !slices.Contains(Components(resources), name) {
		return nil, fmt.Errorf("stack %s has no component %q: it has %s", stack, name, strings.Join(Components(resources), ", "))
	}
	own := of(resources, name)
	g := &Graph{Title: fmt.Sprintf("%s: %s, %d resources", stack, name, len(own))}
	uses := map[string]map[string]bool{}
	owner, outside := owners(resources), map[string]bool{}
	for _, res := range own {
		uses[res.URN] = map[string]bool{}
		g.Boxes = append(g.Boxes, Box{ID: res.URN, Name: res.kind(), Lines: []string{res.Role}, Protected: res.Protected})
		for used := range res.uses() {
			switch other := owner[used]; other {
			case "":
			case name:
				uses[res.URN][used] = true
			default:
				uses[res.URN][other] = true
				outside[other] = true
			}
		}
	}
	for _, other := range slices.Sorted(maps.Keys(outside)) {
		g.Boxes = append(g.Boxes, Box{ID: other, Name: other, Outside: true})
	}
	g.connect(uses)
	return g, nil
}

// connect adds the arrows, sorted, without those that a longer way makes needless.
func (g *Graph) connect(uses map[string]map[string]bool) {
	for _, from := range slices.Sorted(maps.Keys(uses)) {
		for _, to := range slices.Sorted(maps.Keys(uses[from])) {
			if from != to && !roundabout(uses, from, to) {
				g.Arrows = append(g.Arrows, Arrow{From: from, To: to})
			}
		}
	}
}

// roundabout reports whether from reaches to by way of something else. A way within
// a circle does not count: each of its arrows would make the others needless.
func roundabout(uses map[string]map[string]bool, from, to string) bool {
	for via := range uses[from] {
		if via == to || via == from {
			continue
		}
		circle := reaches(uses, to, via, map[string]bool{}) || reaches(uses, via, from, map[string]bool{})
		if !circle && reaches(uses, via, to, map[string]bool{}) {
			return true
		}
	}
	return false
}

func reaches(uses map[string]map[string]bool, from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for next := range uses[from] {
		if next == to || reaches(uses, next, to, seen) {
			return true
		}
	}
	return false
}

// registration is a resource as the picture sees it.
type registration struct{ environment.Registration }

// kind is the type in AWS's words: "ecs Service".
func (r registration) kind() string {
	provider, _, _ := strings.Cut(r.Type, ":")
	kind, _, _ := strings.Cut(r.Key(), " ")
	module, kind, _ := strings.Cut(kind, ".")
	if module == "index" { // a provider without modules, such as Docker's
		module = provider
	}
	return module + " " + kind
}

// uses are the URNs of the resources that its inputs are computed from.
func (r registration) uses() map[string]bool {
	used := map[string]bool{}
	for _, urns := range r.InputDependencies {
		for _, urn := range urns {
			used[urn] = true
		}
	}
	return used
}

// public reports whether the internet is let in here.
func (r registration) public() bool {
	switch r.Type {
	case "aws:cloudfront/distribution:Distribution":
		return true
	case "aws:lb/loadBalancer:LoadBalancer":
		internal := r.Inputs["internal"]
		return !internal.IsBool() || !internal.BoolValue()
	}
	return false
}

// Components are the names of all components, sorted.
func Components(resources []environment.Registration) []string {
	names := map[string]bool{}
	for _, res := range resources {
		if drawn(res) {
			names[res.Component] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// of lists the drawn resources of a component by type and name: Pulumi registers
// them in another order each time.
func of(resources []environment.Registration, component string) []registration {
	var own []registration
	for _, res := range resources {
		if drawn(res) && res.Component == component {
			own = append(own, registration{res})
		}
	}
	slices.SortFunc(own, func(a, b registration) int { return strings.Compare(a.URN, b.URN) })
	return own
}

// owners is the component of each resource and component by URN.
func owners(resources []environment.Registration) map[string]string {
	owner := map[string]string{}
	for _, res := range resources {
		if res.Component != "" && res.Type != string(resource.RootStackType) && !provider(res) {
			owner[res.URN] = res.Component
		}
	}
	return owner
}

// drawn reports whether a resource has a box: those that exist in a cloud, and
// awsx's components, whose resources awsx registers itself.
func drawn(res environment.Registration) bool {
	return res.Component != "" && !provider(res) && (res.Custom || strings.HasPrefix(res.Type, "awsx:"))
}

func provider(res environment.Registration) bool {
	return strings.HasPrefix(res.Type, "pulumi:providers:")
}

func count(resources []environment.Registration) int {
	n := 0
	for _, component := range Components(resources) {
		n += len(of(resources, component))
	}
	return n
}

// lines are the types with how many there are, the most first, and how many types
// are left out.
func lines(types map[string]int) []string {
	kinds := slices.SortedFunc(maps.Keys(types), func(a, b string) int {
		if types[a] != types[b] {
			return types[b] - types[a]
		}
		return strings.Compare(a, b)
	})
	var lines []string
	for i, kind := range kinds {
		if i == shown-1 && len(kinds) > shown {
			return append(lines, fmt.Sprintf("and %d other types", len(kinds)-i))
		}
		line := kind
		if types[kind] > 1 {
			line = fmt.Sprintf("%d × %s", types[kind], kind)
		}
		lines = append(lines, line)
	}
	return lines
}
