package infra

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// overlap reports every other stack whose address range meets this one's: two
// environments may have to reach each other some day.
func (c *Config) overlap(own netip.Prefix) error {
	var problems []error
	for _, stack := range slices.Sorted(maps.Keys(c.neighbours)) {
		other, err := netip.ParsePrefix(c.neighbours[stack])
		if err == nil && other.Overlaps(own) {
			problems = append(problems, fmt.Errorf("%s overlaps %s of stack %s: take a range of its own", own, other, stack))
		}
	}
	return errors.Join(problems...)
}

// neighbours reads the address ranges of the other stacks from their files
// beside Pulumi.yaml.
func neighbours(root, project, own string) (map[string]string, error) {
	files, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("list stack files: %w", err)
	}
	ranges := map[string]string{}
	for _, file := range files {
		stack, is := stackOf(file.Name())
		if !is || stack == own {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("read stack file: %w", err)
		}
		var content struct {
			Config map[string]any `yaml:"config"`
		}
		if err := yaml.Unmarshal(text, &content); err != nil {
			return nil, fmt.Errorf("read stack file %s: %w", file.Name(), err)
		}
		if cidr, is := content.Config[project+":vpcCidr"].(string); is && cidr != "" {
			ranges[stack] = cidr
		}
	}
	return ranges, nil
}

// stackOf is the stack whose file has this name.
func stackOf(file string) (string, bool) {
	name, begins := strings.CutPrefix(file, "Pulumi.")
	stack, ends := strings.CutSuffix(name, ".yaml")
	return stack, begins && ends && stack != ""
}
