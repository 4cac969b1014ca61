// Package mocktest runs Pulumi programs against mocks and records what they
// register: the one recorder of all component tests.
package mocktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"
)

// project is the name of the Pulumi project where no test says another.
const project = "slipway"

// Project has a program run as one of another project.
func Project(name string) pulumi.RunOption {
	return func(info *pulumi.RunInfo) { info.Project = name }
}

// Resource is one registration.
type Resource struct {
	// Type and Name identify the resource; Key is "type name", the type without
	// its repetition: "aws:ec2/Vpc net".
	Type, Name string
	// Parent is the Key of the parent, empty for the stack.
	Parent string
	// Protected reports whether Pulumi refuses to delete it.
	Protected bool
	// Retained reports whether it stays in the cloud when the stack drops it.
	Retained bool
	// IgnoreChanges are the inputs whose changes are passed over, ReplaceOnChanges
	// those whose changes replace the resource.
	IgnoreChanges, ReplaceOnChanges []string
	// DependsOn are the Keys of what it waits for.
	DependsOn []string
	// Inputs are the resource's inputs.
	Inputs resource.PropertyMap

	// URN is the resource's identity: unlike Key it tells apart resources of one
	// type and name with different parents. ParentURN is its parent's.
	URN, ParentURN string
	// Custom tells resources of a cloud from components.
	Custom bool
	// InputDependencies are the URNs of the resources that an input's value was
	// computed from, by input.
	InputDependencies map[string][]string
	// ID and Outputs are what the mock answered.
	ID      string
	Outputs resource.PropertyMap
}

// Key is "type name" with the type shortened: "ec2.Vpc net".
func (r Resource) Key() string { return shorten(r.Type) + " " + r.Name }

// Recording is what a program did.
type Recording struct {
	project   string
	stack     string
	region    string
	images    map[string]string
	outputs   map[string]string
	refuse    func(token string) error
	standing  Standing
	provider  map[string]any
	mu        sync.Mutex
	resources []Resource
}

// StackConfig reads the configuration in the file of a stack, Pulumi.prod.yaml,
// as the engine passes it on. dir is where Pulumi.yaml is.
func StackConfig(dir, stack string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "Pulumi."+stack+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the configuration of stack %s: %w", stack, err)
	}
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read the configuration of stack %s: %w", stack, err)
	}
	config := map[string]string{}
	for key, value := range file.Config {
		if config[key], err = configValue(value); err != nil {
			return nil, fmt.Errorf("read %s of stack %s: %w", key, stack, err)
		}
	}
	return config, nil
}

// configValue is a value as the engine passes it on: text as it stands, lists and
// objects in JSON.
func configValue(node yaml.Node) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// WithImages is an option of Run: the images in every repository, digest by tag, or
// by ACCOUNT/TAG for another account than the program's.
func WithImages(digests map[string]string) pulumi.RunOption {
	return func(info *pulumi.RunInfo) {
		if recording, ok := info.Mocks.(*Recording); ok {
			recording.images = digests
		}
	}
}

// WithOutputs is an option of Run: what the stack's update before has exported.
func WithOutputs(outputs map[string]string) pulumi.RunOption {
	return func(info *pulumi.RunInfo) {
		if recording, ok := info.Mocks.(*Recording); ok {
			recording.outputs = outputs
		}
	}
}

// WithProvider is an option of Run: the account's identity provider for whatever
// issuer is asked about.
func WithProvider(outputs map[string]any) pulumi.RunOption {
	return func(info *pulumi.RunInfo) {
		if recording, ok := info.Mocks.(*Recording); ok {
			recording.provider = outputs
		}
	}
}

// WithRefusals is an option of Run: the errors that functions end with, by token.
func WithRefusals(refuse func(token string) error) pulumi.RunOption {
	return func(info *pulumi.RunInfo) {
		if recording, ok := info.Mocks.(*Recording); ok {
			recording.refuse = refuse
		}
	}
}

// Run is Record for tests.
func Run(t *testing.T, stack string, config map[string]string, program pulumi.RunFunc, options ...pulumi.RunOption) (*Recording, error) {
	t.Helper()
	return Record(stack, config, program, options...)
}

// Record runs a program under mocks with the given configuration
// ("slipway:zones" -> "2") and returns what it registered, and its error.
func Record(stack string, config map[string]string, program pulumi.RunFunc, options ...pulumi.RunOption) (*Recording, error) {
	recording := &Recording{stack: stack}
	options = append([]pulumi.RunOption{
		pulumi.WithMocks(project, stack, recording),
		func(info *pulumi.RunInfo) { info.Config = config },
	}, options...)
	options = append(options, func(info *pulumi.RunInfo) {
		recording.project, recording.region = info.Project, cmp.Or(info.Config["aws:region"], region)
	})
	err := pulumi.RunErr(withAwsxChildren(withReleaser(withBuilder(program))), options...)
	return recording, err
}

// MustRun is Run for programs that succeed.
func MustRun(t *testing.T, stack string, config map[string]string, program pulumi.RunFunc, options ...pulumi.RunOption) *Recording {
	t.Helper()
	recording, err := Run(t, stack, config, program, options...)
	if err != nil {
		t.Fatal(err)
	}
	return recording
}

// NewResource implements pulumi.MockResourceMonitor.
func (r *Recording) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	recorded := Resource{Type: args.TypeToken, Name: args.Name, Inputs: args.Inputs, Custom: args.Custom, ID: id(args)}
	recorded.Outputs = maps.Clone(args.Inputs)
	if recorded.Outputs == nil {
		recorded.Outputs = resource.PropertyMap{}
	}
	for key, value := range defaults(r.project, r.stack, args) {
		if _, given := recorded.Outputs[key]; !given {
			recorded.Outputs[key] = value
		}
	}
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		outputs := resource.PropertyMap{}
		for name, value := range r.outputs {
			outputs[resource.PropertyKey(name)] = resource.NewStringProperty(value)
		}
		recorded.Outputs["outputs"] = resource.NewObjectProperty(outputs)
	}
	if rpc := args.RegisterRPC; rpc != nil {
		recorded.URN, recorded.ParentURN = r.urn(rpc.GetParent(), args.TypeToken, args.Name), rpc.GetParent()
		recorded.Parent = keyOfURN(rpc.GetParent())
		recorded.Protected = rpc.GetProtect()
		recorded.Retained = rpc.GetRetainOnDelete()
		recorded.IgnoreChanges, recorded.ReplaceOnChanges = rpc.GetIgnoreChanges(), rpc.GetReplaceOnChanges()
		for _, urn := range rpc.GetDependencies() {
			recorded.DependsOn = append(recorded.DependsOn, keyOfURN(urn))
		}
		slices.Sort(recorded.DependsOn)
		recorded.InputDependencies = map[string][]string{}
		for input, dependencies := range rpc.GetPropertyDependencies() {
			recorded.InputDependencies[input] = dependencies.GetUrns()
		}
	}
	if args.TypeToken != "pulumi:pulumi:StackReference" && !strings.HasPrefix(args.Name, awsxChild) {
		r.resources = append(r.resources, recorded)
	}
	return recorded.ID, recorded.Outputs, nil
}

// awsxVPC is the type of awsx's component.
const awsxVPC = "awsx:ec2:Vpc"

// id is the ID that AWS gives. Where a real awsx VPC is constructed, a subnet, its
// route table and more have one name, so that the type tells their IDs apart.
func id(args pulumi.MockResourceArgs) string {
	if parent := args.RegisterRPC.GetParent(); strings.Contains(parent, awsxVPC) {
		return args.Name + "_" + strings.Split(shorten(args.TypeToken), ".")[1]
	}
	return args.Name + "_id"
}

// urn is the URN that the engine gives to a child of parent.
func (r *Recording) urn(parent, typ, name string) string {
	var parentType tokens.Type
	if p := urn.URN(parent); parent != "" && p.QualifiedType() != resource.RootStackType {
		parentType = p.QualifiedType()
	}
	return string(urn.New(tokens.QName(r.stack), tokens.PackageName(r.project), parentType, tokens.Type(typ), name))
}

// Call implements pulumi.MockResourceMonitor.
func (r *Recording) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if r.refuse != nil {
		if err := r.refuse(args.Token); err != nil {
			return nil, err
		}
	}
	answer, known := calls[args.Token]
	switch {
	case args.Token == "aws:index/getRegion:getRegion":
		answer = map[string]any{"name": r.region}
	case args.Token == "aws:index/getAvailabilityZones:getAvailabilityZones":
		names := []any{}
		for _, letter := range "abcd" {
			names = append(names, r.region+string(letter))
		}
		answer = map[string]any{"names": names}
	case !known:
		var err error
		if answer, err = r.find(args); err != nil {
			return nil, err
		}
	}
	return resource.NewPropertyMapFromMap(answer), nil
}

// Keys lists all resources as sorted Keys.
func (r *Recording) Keys() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := make([]string, 0, len(r.resources))
	for _, res := range r.resources {
		if res.Type != "pulumi:pulumi:Stack" {
			keys = append(keys, res.Key())
		}
	}
	slices.Sort(keys)
	return keys
}

// All lists all resources in the order of their registration.
func (r *Recording) All() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.resources)
}

// Get returns the resource with this Key.
func (r *Recording) Get(t *testing.T, key string) Resource {
	t.Helper()
	for _, res := range r.All() {
		if res.Key() == key {
			return res
		}
	}
	t.Fatalf("no %q among:\n%s", key, strings.Join(r.Keys(), "\n"))
	return Resource{}
}

// Protected lists the Keys of all protected resources, sorted.
func (r *Recording) Protected() []string {
	var keys []string
	for _, res := range r.All() {
		if res.Protected {
			keys = append(keys, res.Key())
		}
	}
	slices.Sort(keys)
	return keys
}

// CheckParents fails for every resource without a parent other than the given
// roots.
func (r *Recording) CheckParents(t *testing.T, roots ...string) {
	t.Helper()
	for _, res := range r.All() {
		if res.Type == "pulumi:pulumi:Stack" || slices.Contains(roots, res.Key()) {
			continue
		}
		if res.Parent == "" || strings.HasPrefix(res.Parent, "pulumi.Stack") {
			t.Errorf("%s has no parent", res.Key())
		}
	}
}

// Equal fails with a line-by-line difference when got and want differ.
func Equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: unexpected %q", what, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: missing %q", what, line)
		}
	}
	if !t.Failed() {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func keyOfURN(text string) string {
	if text == "" {
		return ""
	}
	parts := strings.Split(text, "::")
	types := strings.Split(parts[2], "$")
	return shorten(types[len(types)-1]) + " " + parts[3]
}

// shorten turns "aws:ec2/vpc:Vpc" into "ec2.Vpc" and "slipway:edge:Edge" into
// "edge.Edge".
func shorten(token string) string {
	parts := strings.Split(token, ":")
	module, _, _ := strings.Cut(parts[1], "/")
	return module + "." + parts[len(parts)-1]
}
