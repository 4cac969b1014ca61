package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findOfficial returns the path of a released binary of exactly the pinned
// version, or an empty path when the machine has none.
func findOfficial(ctx context.Context, o options, t tool) (string, error) {
	if o.build {
		return "", nil
	}
	switch t.kind {
	case cli:
		return officialCLI(ctx, o, t.version)
	case language:
		return officialHost(ctx, o, t)
	default:
		return officialPlugin(o, t)
	}
}

// officialCLI looks for pulumi on the PATH and asks it for its version.
func officialCLI(ctx context.Context, o options, version string) (string, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := exec.LookPath(filepath.Join(dir, "pulumi"))
		if err != nil || isOurs(o, path) {
			continue
		}
		cmd := exec.CommandContext(ctx, path, "version")
		cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
		out, err := cmd.Output()
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil && strings.TrimSpace(string(out)) == "v"+version {
			return path, nil
		}
	}
	return "", nil
}

// officialHost takes the language host that was installed with an official
// CLI: it has no way to ask for its version.
func officialHost(ctx context.Context, o options, t tool) (string, error) {
	path, err := officialCLI(ctx, o, t.version)
	if err != nil || path == "" {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("follow the link %s: %w", path, err)
	}
	host, err := exec.LookPath(filepath.Join(filepath.Dir(real), t.name))
	if err != nil {
		return "", nil
	}
	return host, nil
}

// officialPlugin looks where `pulumi plugin install` puts plugins.
func officialPlugin(o options, t tool) (string, error) {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", nil
		}
		home = filepath.Join(user, ".pulumi")
	}
	dir := pluginDir(home, t)
	path := filepath.Join(dir, t.name)
	if _, err := os.Stat(dir + ".partial"); !errors.Is(err, os.ErrNotExist) {
		return "", nil // an interrupted installation
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode()&0o111 == 0 || isOurs(o, path) {
		return "", nil
	}
	return path, nil
}

// pluginDir is the directory of a plugin in a PULUMI_HOME.
func pluginDir(home string, t tool) string {
	return filepath.Join(home, "plugins", fmt.Sprintf("resource-%s-v%s", t.plugin(), t.version))
}

// isOurs reports whether a path leads to what this command made.
func isOurs(o options, path string) bool {
	if o.out != "" && filepath.Dir(path) == o.out {
		return true
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(resolved(o.cache), real)
	return err == nil && filepath.IsLocal(rel)
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
