package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// versionsFile tells other commands what is in the output directory.
const versionsFile = "versions.json"

// writeVersions records the tools of this run beside those of earlier ones.
func writeVersions(dir string, tools []provided) error {
	target := filepath.Join(dir, versionsFile)
	all, err := readVersions(target)
	if err != nil {
		return err
	}
	for _, t := range tools {
		all = slices.DeleteFunc(all, func(p provided) bool { return p.Name == t.Name })
		all = append(all, t)
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("describe the tools: %w", err)
	}
	return replace(target, func(temporary string) error { return os.WriteFile(temporary, append(content, '\n'), 0o644) })
}

func readVersions(path string) ([]provided, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is there: %w", err)
	}
	var tools []provided
	if err := json.Unmarshal(content, &tools); err != nil {
		return nil, fmt.Errorf("read %s: %w: delete the file, it is written anew", path, err)
	}
	return tools, nil
}
