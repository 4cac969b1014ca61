package infra

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/service"
)

// Config is everything that a stack's file says, read once and checked. The
// keys are described in Pulumi.yaml.
type Config struct {
	Stack              string
	VPCCIDR            string
	Zones              int
	NAT                network.NAT
	Domain             string
	HostedZone         string
	Protect            bool
	Architecture       service.Architecture
	TaskCPU            int
	TaskMemoryMiB      int
	MinTasks           int
	MaxTasks           int
	DatabaseClass      string
	DatabaseStorageGiB int
	DatabaseMultiAZ    bool
	DatabaseBackupDays int
	LogRetentionDays   int

	// neighbours are the address ranges of the other stacks, by stack.
	neighbours map[string]string
}

// LoadConfig reads and validates the configuration of the running stack. The
// error names every bad key and says what would be right.
func LoadConfig(ctx *pulumi.Context) (*Config, error) {
	r := newReader(ctx)
	c := &Config{
		Stack:              ctx.Stack(),
		VPCCIDR:            r.text("vpcCidr"),
		Zones:              r.number("zones"),
		NAT:                network.NAT(r.text("nat")),
		Domain:             r.text("domain"),
		HostedZone:         r.text("hostedZone"),
		Protect:            r.flag("protect"),
		Architecture:       service.Architecture(r.text("architecture")),
		TaskCPU:            r.number("taskCpu"),
		TaskMemoryMiB:      r.number("taskMemoryMiB"),
		MinTasks:           r.number("minTasks"),
		MaxTasks:           r.number("maxTasks"),
		DatabaseClass:      r.text("databaseClass"),
		DatabaseStorageGiB: r.number("databaseStorageGiB"),
		DatabaseMultiAZ:    r.flag("databaseMultiAz"),
		DatabaseBackupDays: r.number("databaseBackupDays"),
		LogRetentionDays:   r.number("logRetentionDays"),
	}
	var err error
	if c.neighbours, err = neighbours(ctx.RootDirectory(), c.Stack); err != nil {
		return nil, err
	}
	r.rejectUnknown()
	c.validate(r)
	return c, r.err(c.Stack)
}

var stackPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,14}[a-z0-9]$`)

// validate adds a problem for every value that no component would take. Keys
// that could not be read have been reported already and are passed over.
func (c *Config) validate(r *reader) {
	if !stackPattern.MatchString(c.Stack) {
		r.problem("", fmt.Sprintf("stack name %q must be 2 to 16 lower-case letters, digits and hyphens: names of AWS resources are made of it", c.Stack))
	}
	prefix, err := network.ParseCIDR(c.VPCCIDR)
	r.check("vpcCidr", err)
	if err == nil {
		r.check("vpcCidr", c.overlap(prefix))
	}
	r.between("zones", c.Zones, network.MinZones, network.MaxZones)
	r.oneOf("nat", string(c.NAT), texts(network.NATs))
	if c.Domain != "" && !edge.ValidDomain(c.Domain) {
		r.problem("domain", fmt.Sprintf("%q is not a host name such as recipes.example.com", c.Domain))
	}
	if c.Domain != "" && c.Domain != c.HostedZone && !strings.HasSuffix(c.Domain, "."+c.HostedZone) || c.Domain != "" && c.HostedZone == "" {
		r.problem("hostedZone", fmt.Sprintf("%q does not hold %s: name the Route 53 zone that does, such as %s", c.HostedZone, c.Domain, parent(c.Domain)))
	}
	if c.Domain == "" && c.HostedZone != "" {
		r.problem("hostedZone", "goes with domain: give both or leave both empty")
	}
	r.oneOf("architecture", string(c.Architecture), texts(service.Architectures))
	r.check("taskCpu", service.ValidSize(c.TaskCPU, c.TaskMemoryMiB))
	r.between("minTasks", c.MinTasks, 1, 1000)
	r.between("maxTasks", c.MaxTasks, max(c.MinTasks, 1), 1000)
	if !database.ValidClass(c.DatabaseClass) {
		r.problem("databaseClass", fmt.Sprintf("%q is not an instance class such as db.t4g.micro", c.DatabaseClass))
	}
	r.between("databaseStorageGiB", c.DatabaseStorageGiB, 20, 13107)
	r.between("databaseBackupDays", c.DatabaseBackupDays, 1, 35)
	r.check("logRetentionDays", service.ValidRetention(c.LogRetentionDays))
}

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

func parent(domain string) string {
	_, rest, found := strings.Cut(domain, ".")
	if !found || !strings.Contains(rest, ".") {
		return domain
	}
	return rest
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
