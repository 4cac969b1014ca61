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
func neighbours(root, own string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "Pulumi.*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list stack files: %w", err)
	}
	ranges := map[string]string{}
	for _, file := range files {
		stack := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		if stack == own {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read stack file: %w", err)
		}
		var content struct {
			Config struct {
				VPCCIDR string `yaml:"slipway:vpcCidr"`
			} `yaml:"config"`
		}
		if err := yaml.Unmarshal(text, &content); err != nil {
			return nil, fmt.Errorf("read stack file %s: %w", filepath.Base(file), err)
		}
		if content.Config.VPCCIDR != "" {
			ranges[stack] = content.Config.VPCCIDR
		}
	}
	return ranges, nil
}
