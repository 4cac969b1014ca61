package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

// greeter is a tool small enough to be built in a test.
var greeter = tool{name: "pulumi-resource-greeter", version: "1.0.0", kind: resource, module: "greeter", pkg: "."}

// workshop returns options for a tools directory of the test's own.
func workshop(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PATH", filepath.Dir(goBinary(t)))
	t.Setenv("PULUMI_HOME", filepath.Join(dir, "nothing"))
	o := options{out: filepath.Join(dir, "bin"), home: filepath.Join(dir, "home"), tools: filepath.Join(dir, "tools"), cache: filepath.Join(dir, "cache")}
	write(t, filepath.Join(o.tools, "greeter", "go.mod"), "module greeter\n\ngo 1.26\n")
	write(t, filepath.Join(o.tools, "greeter", "main.go"), greeting("hello"))
	return o
}

func greeting(text string) string {
	return "package main\n\nfunc main() { println(\"" + text + "\") }\n"
}

func TestProvideBuildsOnceForTheSameSources(t *testing.T) {
	o := workshop(t)
	for _, step := range []struct {
		change func()
		want   origin
		says   string
	}{
		{func() {}, built, "hello"},
		{func() {}, cached, "hello"},
		{func() { write(t, filepath.Join(o.tools, "greeter", "main_test.go"), "package main\n") }, cached, "hello"},
		{func() { write(t, filepath.Join(o.tools, "greeter", "testdata", "x.go"), "package x\n") }, cached, "hello"},
		{func() { write(t, filepath.Join(o.tools, "greeter", "other", "go.mod"), "module other\n") }, cached, "hello"},
		{func() { write(t, filepath.Join(o.tools, "greeter", "main.go"), greeting("good day")) }, built, "good day"},
		{func() { write(t, filepath.Join(o.tools, "greeter", "main.go"), greeting("hello")) }, cached, "hello"},
	} {
		step.change()
		p, err := provide(t.Context(), o, greeter, &lines{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Origin != step.want {
			t.Errorf("got a %s binary, want a %s one", p.Origin, step.want)
		}
		for _, path := range []string{filepath.Join(o.out, greeter.name), filepath.Join(pluginDir(o.home, greeter), greeter.name)} {
			if got := runs(t, path); got != step.says {
				t.Errorf("%s says %q, want %q", path, got, step.says)
			}
		}
	}
}

func TestBuildRemovesWhatIsLongUnused(t *testing.T) {
	o := workshop(t)
	provideGreeting := func(text string) string {
		t.Helper()
		write(t, filepath.Join(o.tools, "greeter", "main.go"), greeting(text))
		p, err := provide(t.Context(), o, greeter, &lines{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Path
	}
	first, second := provideGreeting("first"), provideGreeting("second")
	long := time.Now().Add(-keepUnused - time.Hour)
	for _, path := range []string{first, second} {
		if err := os.Chtimes(filepath.Dir(path), long, long); err != nil {
			t.Fatal(err)
		}
	}
	provideGreeting("second") // uses it again
	provideGreeting("third")
	if exists(first) {
		t.Error("the binary that nothing has used for long is still there")
	}
	if !exists(second) {
		t.Error("the binary that was just used is gone")
	}
}

func TestProvideTwiceAtOnceBuildsOnce(t *testing.T) {
	o := workshop(t)
	origins := make([]origin, 4)
	var group sync.WaitGroup
	for i := range origins {
		group.Go(func() {
			p, err := provide(t.Context(), o, greeter, &lines{})
			if err != nil {
				t.Error(err)
			}
			origins[i] = p.Origin
		})
	}
	group.Wait()
	builds := 0
	for _, g := range origins {
		if g == built {
			builds++
		}
	}
	if builds != 1 {
		t.Errorf("got origins %v, want one build", origins)
	}
}

func TestProvideExplainsFailures(t *testing.T) {
	o := workshop(t)
	write(t, filepath.Join(o.tools, "greeter", "main.go"), "package main\n\nfunc main() { missing() }\n")
	_, err := provide(t.Context(), o, greeter, &lines{})
	if err == nil || !strings.Contains(err.Error(), "undefined: missing") {
		t.Errorf("got error %v, want the compiler's message", err)
	}

	absent := greeter
	absent.module = "absent"
	_, err = provide(t.Context(), o, absent, &lines{})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(o.tools, "absent")) {
		t.Errorf("got error %v, want one that names the missing module", err)
	}
}

func TestProvidePicksUpAfterAnInterrupt(t *testing.T) {
	o := workshop(t)
	b, err := newBuild(t.Context(), o, greeter, &lines{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.ctx = ctx
	if err := b.run(); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("got error %v, want one about the interrupt", err)
	}
	write(t, b.binary()+".unfinished", "half a binary")
	p, err := provide(t.Context(), o, greeter, &lines{})
	if err != nil || p.Origin != built {
		t.Errorf("got a %s binary and error %v, want a build", p.Origin, err)
	}
	if got := runs(t, p.Path); got != "hello" {
		t.Errorf("the binary says %q, want hello", got)
	}
}

func TestVersionsKeepWhatOtherRunsProvided(t *testing.T) {
	dir := t.TempDir()
	for _, tools := range [][]provided{
		{{Name: "a", Version: "1", Origin: built}, {Name: "b", Version: "1", Origin: official}},
		{{Name: "b", Version: "2", Origin: cached}},
	} {
		if err := writeVersions(dir, tools); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readVersions(filepath.Join(dir, versionsFile))
	if err != nil {
		t.Fatal(err)
	}
	want := []provided{{Name: "a", Version: "1", Origin: built}, {Name: "b", Version: "2", Origin: cached}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPinsAreThoseOfTheProgram(t *testing.T) {
	content, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, module := range map[string]string{
		"pulumi":                 "github.com/pulumi/pulumi/sdk/v3",
		"pulumi-language-go":     "github.com/pulumi/pulumi/sdk/v3",
		"pulumi-resource-aws":    "github.com/pulumi/pulumi-aws/sdk/v6",
		"pulumi-resource-awsx":   "github.com/pulumi/pulumi-awsx/sdk/v2",
		"pulumi-resource-docker": "github.com/pulumi/pulumi-docker/sdk/v4",
	} {
		tool, _ := findTool(name)
		if want := module + " v" + tool.version; !strings.Contains(string(content), want) {
			t.Errorf("%s is version %s here, go.mod of the program has no %q: pin both to the same version", name, tool.version, want)
		}
	}
	aws, _ := findTool("pulumi-resource-aws")
	if aws.version != mapping.Version {
		t.Errorf("the aws plugin is version %s here and %s in its mapping table", aws.version, mapping.Version)
	}
}

func TestOptionsNameEveryProblem(t *testing.T) {
	_, err := parseOptions([]string{"--only", "pulumi,helm,kubectl", "rest"}, &lines{})
	for _, part := range []string{"--out", "helm", "kubectl", "pulumi-resource-aws", "rest"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got error %v, want one that mentions %s", err, part)
		}
	}
}

func TestCacheIsWhereTheEnvironmentSays(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"SLIPWAY_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"},
		{map[string]string{"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/slipway"},
		{map[string]string{"HOME": "/c"}, "/c/.cache/slipway"},
		{map[string]string{}, ""},
	} {
		got, err := cacheRoot(func(name string) string { return tt.env[name] })
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%v: got %q, %v, want %q", tt.env, got, err, tt.want)
		}
	}
}
