package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOfficialBinariesOfTheExactVersionArePreferred(t *testing.T) {
	o := workshop(t)
	official := t.TempDir()
	t.Setenv("PATH", official+string(os.PathListSeparator)+os.Getenv("PATH"))
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	pulumi, _ := findTool("pulumi")
	host, _ := findTool("pulumi-language-go")
	find := func(tool tool) string {
		t.Helper()
		path, err := findOfficial(t.Context(), o, tool)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}

	script(t, filepath.Join(official, "pulumi"), "echo v3.258.0")
	script(t, filepath.Join(official, "pulumi-language-go"), "")
	if got := find(pulumi) + find(host); got != "" {
		t.Errorf("got %s of another version, want none", got)
	}
	script(t, filepath.Join(official, "pulumi"), "echo v"+pulumi.version)
	if got, want := find(pulumi), filepath.Join(official, "pulumi"); got != want {
		t.Errorf("got CLI %q, want %q", got, want)
	}
	if got, want := find(host), filepath.Join(official, "pulumi-language-go"); got != want {
		t.Errorf("got language host %q, want %q", got, want)
	}

	script(t, filepath.Join(home, "plugins", "resource-greeter-v0.9.0", greeter.name), "")
	if got := find(greeter); got != "" {
		t.Errorf("got plugin %s of another version, want none", got)
	}
	script(t, filepath.Join(pluginDir(home, greeter), greeter.name), "")
	if got, want := find(greeter), filepath.Join(home, "plugins", "resource-greeter-v1.0.0", greeter.name); got != want {
		t.Errorf("got plugin %q, want %q", got, want)
	}
	write(t, pluginDir(home, greeter)+".partial", "")
	if got := find(greeter); got != "" {
		t.Errorf("got plugin %s of an interrupted installation, want none", got)
	}

	o.build = true
	if got := find(pulumi); got != "" {
		t.Errorf("got %s with --build, want none", got)
	}
}

func TestOwnBinariesAreNotOfficial(t *testing.T) {
	o := workshop(t)
	pulumi, _ := findTool("pulumi")
	for _, dir := range []string{o.out, filepath.Join(o.cache, "tools", "pulumi", "key")} {
		script(t, filepath.Join(dir, "pulumi"), "echo v"+pulumi.version)
		t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		if got, err := findOfficial(t.Context(), o, pulumi); err != nil || got != "" {
			t.Errorf("got %q, %v for a binary in %s, want none", got, err, dir)
		}
	}
}

// The engine looks for a bundled language host beside the CLI, after following
// links, and warns when the one on the PATH is another.
func TestCLIAndLanguageHostAreFilesOfOneDirectory(t *testing.T) {
	o := workshop(t)
	for _, name := range []string{"pulumi", "pulumi-language-go"} {
		tool, _ := findTool(name)
		source := filepath.Join(t.TempDir(), name)
		for _, text := range []string{"echo old", "echo new"} {
			script(t, source+text[5:], text)
			if err := install(o, tool, source+text[5:]); err != nil {
				t.Fatal(err)
			}
		}
		target := filepath.Join(o.out, name)
		real, err := filepath.EvalSymlinks(target)
		if err != nil || real != resolved(o.out)+string(filepath.Separator)+name {
			t.Errorf("%s leads to %s (%v), want a file of the directory itself", target, real, err)
		}
		if got := runs(t, target); got != "new" {
			t.Errorf("%s says %q, want the binary installed last", target, got)
		}
	}
}
