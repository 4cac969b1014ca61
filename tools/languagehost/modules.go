package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
)

// GetRequiredPackages returns the provider packages of the program's Go
// modules, so that the engine can check before the run that it has them.
func (h *host) GetRequiredPackages(ctx context.Context, r *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	mod, err := readGoMod(ctx, r.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	var providers []string
	for _, m := range mod.file.Require {
		if isProviderSDK(m.Mod.Path) {
			providers = append(providers, m.Mod.Path)
		}
	}
	if len(providers) == 0 {
		return response, nil
	}
	dirs, err := moduleDirs(ctx, mod.dir, providers)
	if err != nil {
		return nil, fmt.Errorf("find the program's provider packages: %w", err)
	}
	for _, path := range providers {
		info, err := packageOf(dirs[path])
		if err != nil {
			return nil, fmt.Errorf("read the package information of %s: %w", path, err)
		}
		if info != nil {
			response.Packages = append(response.Packages, info)
		}
	}
	return response, nil
}

// moduleDirs returns where the sources of modules are, and downloads what is
// not there yet.
func moduleDirs(ctx context.Context, dir string, paths []string) (map[string]string, error) {
	dirs := map[string]string{}
	for _, command := range [][]string{{"list", "-m", "-json"}, {"mod", "download", "-json"}} {
		var absent []string
		for _, p := range paths {
			if dirs[p] == "" {
				absent = append(absent, p)
			}
		}
		if len(absent) == 0 {
			break
		}
		out, err := goCommand(ctx, dir, append(command, absent...)...)
		if err != nil {
			return nil, err
		}
		for decoder := json.NewDecoder(strings.NewReader(out)); decoder.More(); {
			var module struct{ Path, Dir string }
			if err := decoder.Decode(&module); err != nil {
				return nil, fmt.Errorf("read the output of go %s: %w", command[0], err)
			}
			dirs[module.Path] = module.Dir
		}
	}
	return dirs, nil
}

// isProviderSDK reports whether a module may be the SDK of a provider: these
// are published as .../sdk/vN/... and, unlike Pulumi's own, name a plugin.
func isProviderSDK(path string) bool {
	return strings.Contains(path+"/", "/sdk/") && path != "github.com/pulumi/pulumi/sdk/v3"
}

// packageOf reads the pulumi-plugin.json that provider SDKs contain.
func packageOf(dir string) (*pulumirpc.PackageDependency, error) {
	for _, pattern := range []string{"pulumi-plugin.json", "go/pulumi-plugin.json", "go/*/pulumi-plugin.json", "*/pulumi-plugin.json"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			continue
		}
		info, err := plugin.LoadPulumiPluginJSON(files[0])
		if err != nil {
			return nil, err
		}
		if !info.Resource {
			return nil, nil
		}
		return &pulumirpc.PackageDependency{Kind: "resource", Name: info.Name, Version: info.Version, Server: info.Server}, nil
	}
	return nil, nil
}

// GetProgramDependencies returns the modules of the program's go.mod. One that
// is replaced has no version.
func (h *host) GetProgramDependencies(ctx context.Context, r *pulumirpc.GetProgramDependenciesRequest) (*pulumirpc.GetProgramDependenciesResponse, error) {
	mod, err := readGoMod(ctx, r.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	replaced := map[string]bool{}
	for _, m := range mod.file.Replace {
		replaced[m.Old.Path] = true
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, m := range mod.file.Require {
		if m.Indirect && !r.GetTransitiveDependencies() {
			continue
		}
		version := m.Mod.Version
		if replaced[m.Mod.Path] {
			version = ""
		}
		response.Dependencies = append(response.Dependencies, &pulumirpc.DependencyInfo{Name: m.Mod.Path, Version: version})
	}
	return response, nil
}

// InstallDependencies downloads the modules of the program's go.mod as they
// are: go.mod and go.sum are committed and stay unchanged.
func (h *host) InstallDependencies(r *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer) error {
	ctx, done := h.cancellable(stream.Context())
	defer done()
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, r.GetIsTerminal())
	if err != nil {
		return fmt.Errorf("open the output: %w", err)
	}
	defer closer.Close()
	if err := install(ctx, r.GetInfo().GetProgramDirectory(), stdout, stderr); err != nil {
		return err
	}
	return closer.Close()
}

func install(ctx context.Context, dir string, stdout, stderr io.Writer) error {
	gobin, err := exec.LookPath("go")
	if err != nil {
		return errNoGo(err)
	}
	fmt.Fprintln(stdout, "Downloading the program's Go modules...")
	cmd := exec.CommandContext(ctx, gobin, "mod", "download")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go mod download in %s: %w: correct go.mod and go.sum, or the connection to the module proxy", dir, err)
	}
	return nil
}

// goMod is a module's go.mod and its directory.
type goMod struct {
	dir  string
	file *modfile.File
}

// readGoMod reads the go.mod that is in force in a directory.
func readGoMod(ctx context.Context, dir string) (goMod, error) {
	path, err := goCommand(ctx, dir, "env", "GOMOD")
	if err != nil {
		return goMod{}, err
	}
	if path == "" || path == os.DevNull {
		return goMod{}, fmt.Errorf("there is no go.mod for the program in %s: create one with `go mod init`", dir)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return goMod{}, fmt.Errorf("read go.mod: %w", err)
	}
	file, err := modfile.Parse(path, content, nil)
	if err != nil {
		return goMod{}, fmt.Errorf("parse go.mod: %w", err)
	}
	return goMod{dir: filepath.Dir(path), file: file}, nil
}

// goCommand returns what a go command prints.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	gobin, err := exec.LookPath("go")
	if err != nil {
		return "", errNoGo(err)
	}
	cmd := exec.CommandContext(ctx, gobin, args...)
	cmd.Dir = dir
	// Only the program's own module counts, not a workspace around it.
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("go %s in %s: %w\n%s", strings.Join(args, " "), dir, err, strings.TrimSpace(string(exit.Stderr)))
		}
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}
