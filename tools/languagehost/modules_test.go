package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/testing/protocmp"
)

// modules is a program with two provider SDKs and other modules, all replaced
// by directories so that nothing is downloaded.
func modules(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": `module program

go 1.26

require (
	example.com/pulumi-aws/sdk/v6 v6.83.2
	example.com/pulumi-docker/sdk/v4 v4.10.0
	example.com/plain/sdk v0.1.0
	example.com/other v1.2.3 // indirect
)

replace (
	example.com/pulumi-aws/sdk/v6 => ./aws
	example.com/pulumi-docker/sdk/v4 => ./docker
	example.com/plain/sdk => ./plain
	example.com/other => ./other
)
`,
		"aws/go.mod":                           "module example.com/pulumi-aws/sdk/v6\n",
		"aws/go/aws/pulumi-plugin.json":        `{"resource": true, "name": "aws", "version": "6.83.2"}`,
		"docker/go.mod":                        "module example.com/pulumi-docker/sdk/v4\n",
		"docker/go/docker/pulumi-plugin.json":  `{"resource": true, "name": "docker", "version": "4.10.0"}`,
		"plain/go.mod":                         "module example.com/plain/sdk\n",
		"other/go.mod":                         "module example.com/other\n",
		"other/go/other/pulumi-plugin.json":    `{"resource": true, "name": "other"}`,
		"plain/go/policy/pulumi-plugin.json":   `{"resource": false, "name": "policy"}`,
		"subdirectory/program/placeholder.txt": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRequiredPackagesAreThoseOfProviderSDKs(t *testing.T) {
	h, _, _ := newTestHost(t)
	dir := filepath.Join(modules(t), "subdirectory", "program")
	got, err := h.GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir}})
	if err != nil {
		t.Fatal(err)
	}
	want := &pulumirpc.GetRequiredPackagesResponse{Packages: []*pulumirpc.PackageDependency{
		{Kind: "resource", Name: "aws", Version: "6.83.2"},
		{Kind: "resource", Name: "docker", Version: "4.10.0"},
	}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("packages differ (-want +got):\n%s", diff)
	}
}

func TestDependenciesAreThoseOfGoMod(t *testing.T) {
	h, _, _ := newTestHost(t)
	info := &pulumirpc.ProgramInfo{ProgramDirectory: modules(t)}
	for transitive, want := range map[bool]int{false: 3, true: 4} {
		got, err := h.GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{Info: info, TransitiveDependencies: transitive})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.GetDependencies()) != want {
			t.Errorf("transitive %v: got %v, want %d modules", transitive, got.GetDependencies(), want)
		}
		for _, d := range got.GetDependencies() {
			if d.GetVersion() != "" {
				t.Errorf("%s is replaced and has version %s, want none", d.GetName(), d.GetVersion())
			}
		}
	}
}

func TestNoGoModIsExplained(t *testing.T) {
	h, _, _ := newTestHost(t)
	_, err := h.GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: t.TempDir()}})
	if err == nil {
		t.Error("got no error for a program without go.mod")
	}
}
