package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// install makes a tool available in the output directory and, if it is a
// plugin, in the PULUMI_HOME.
func install(o options, t tool, path string) error {
	target := filepath.Join(o.out, t.name)
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("create the output directory: %w", err)
	}
	if t.kind != resource {
		// The CLI follows links to itself and looks for the language host beside
		// what it finds, so both have to be files of the same directory.
		return placeFile(path, target)
	}
	if err := placeLink(path, target); err != nil {
		return err
	}
	if o.home == "" {
		return nil
	}
	dir := pluginDir(o.home, t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the plugin's directory: %w", err)
	}
	return placeLink(path, filepath.Join(dir, t.name))
}

// placeLink makes target a symbolic link to path.
func placeLink(path, target string) error {
	if current, err := os.Readlink(target); err == nil && current == path {
		return nil
	}
	return replace(target, func(temporary string) error { return os.Symlink(path, temporary) })
}

// placeFile makes target the same file as path, or a copy of it where the two
// are on different file systems.
func placeFile(path, target string) error {
	source, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("find the binary: %w", err)
	}
	if current, err := os.Lstat(target); err == nil && os.SameFile(source, current) {
		return nil
	}
	return replace(target, func(temporary string) error {
		err := os.Link(path, temporary)
		if errors.Is(err, syscall.EXDEV) || errors.Is(err, os.ErrPermission) {
			return copyBinary(path, temporary)
		}
		return err
	})
}

// replace lets create make a file beside target and moves it there in one step.
func replace(target string, create func(temporary string) error) error {
	temporary := fmt.Sprintf("%s.%d", target, os.Getpid())
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove an old temporary file: %w", err)
	}
	if err := create(temporary); err != nil {
		return fmt.Errorf("place %s: %w", target, err)
	}
	if err := os.Rename(temporary, target); err != nil {
		return fmt.Errorf("place %s: %w", target, err)
	}
	return nil
}

func copyBinary(path, target string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
