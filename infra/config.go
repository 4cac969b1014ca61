// Package infra reads a stack's configuration into one typed struct and wires
// the components to an environment. It creates no AWS resource itself.
package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/awsconfig"
)

// Config is everything that a stack's file says, read once and checked. The
// keys are described in Pulumi.yaml.
type Config struct {
	Project string
	Stack   string
	Owner   string

	// AWS is the AWS provider's own part: region and credentials, empty where they
	// come from the environment.
	AWS awsconfig.Settings

	// SharedNetwork is the stack whose network this one is in, empty for its own.
	SharedNetwork string
	VPCCIDR       string
	// Zones are the letters of the availability zones, in the order of the subnets.
	Zones              []string
	NAT                network.NAT
	InterfaceEndpoints []string
	AdminHost          bool

	Domain string
	// RedirectDomains are more names, which lead to Domain.
	RedirectDomains []string
	HostedZone      string
	HSTS            HSTS
	Firewall        bool
	CDN             bool

	// Protect makes the environment's data and addresses hard to lose, see
	// tunables.
	Protect bool

	// PermissionsBoundary is the name of the IAM policy that bounds every role,
	// empty for none.
	PermissionsBoundary string

	// ImageAccount is the account whose registry holds the app's image, empty for the
	// stack's own.
	ImageAccount  string
	Architecture  service.Architecture
	TaskCPU       int
	TaskMemoryMiB int
	MinTasks      int
	MaxTasks      int
	OnDemandTasks int
	Insights      bool
	WorkerTasks   int

	DatabaseClass      string
	DatabaseStorageGiB int
	DatabaseMultiAZ    bool
	DatabaseBackupDays int
	DatabaseSnapshot   string
	// DatabaseFinalSnapshot leaves a snapshot, and the key that reads it, when the
	// database is deleted.
	DatabaseFinalSnapshot bool

	MediaCORSOrigins []string

	LogRetentionDays int
	AlarmEmails      []string
	MonthlyBudgetUSD int

	// neighbours are the address ranges of the other stacks, by stack.
	neighbours map[string]string
	// settings are all keys with their values, in the order of reading.
	settings []setting
}

// HSTS says for which names browsers are told to use HTTPS only, for a year.
type HSTS string

const (
	// HSTSHost is for the domain alone.
	HSTSHost HSTS = "host"
	// HSTSSubdomains is for all names below the domain too, whoever serves them.
	HSTSSubdomains HSTS = "subdomains"
	// HSTSPreload also lets browsers ship with it, which takes months to undo.
	HSTSPreload HSTS = "preload"
)

// HSTSs are the values that HSTS takes.
var HSTSs = []HSTS{HSTSHost, HSTSSubdomains, HSTSPreload}

// setting is one key with its value, for people to read.
type setting struct{ key, value string }

// LoadConfig reads and validates the configuration of the running stack. The
// error names every bad key and says what would be right.
func LoadConfig(ctx *pulumi.Context) (*Config, error) {
	r := newReader(ctx)
	c := &Config{
		Project: ctx.Project(),
		Stack:   ctx.Stack(),
		Owner:   r.text("owner"),

		SharedNetwork:      r.text("sharedNetwork"),
		VPCCIDR:            r.text("vpcCidr"),
		Zones:              r.list("zones"),
		NAT:                network.NAT(r.text("nat")),
		InterfaceEndpoints: r.list("interfaceEndpoints"),
		AdminHost:          r.flag("adminHost"),

		Domain:          r.text("domain"),
		RedirectDomains: r.list("redirectDomains"),
		HostedZone:      r.text("hostedZone"),
		HSTS:            HSTS(r.text("hsts")),
		Firewall:        r.flag("firewall"),
		CDN:             r.flag("cdn"),

		Protect: r.flag("protect"),

		PermissionsBoundary: r.text("permissionsBoundary"),

		ImageAccount:  r.text("imageAccount"),
		Architecture:  service.Architecture(r.text("architecture")),
		TaskCPU:       r.number("taskCpu"),
		TaskMemoryMiB: r.number("taskMemoryMiB"),
		MinTasks:      r.number("minTasks"),
		MaxTasks:      r.number("maxTasks"),
		OnDemandTasks: r.number("onDemandTasks"),
		WorkerTasks:   r.number("workerTasks"),
		Insights:      r.flag("containerInsights"),

		DatabaseClass:      r.text("databaseClass"),
		DatabaseStorageGiB: r.number("databaseStorageGiB"),
		DatabaseMultiAZ:    r.flag("databaseMultiAz"),
		DatabaseBackupDays: r.number("databaseBackupDays"),
		DatabaseSnapshot:   r.text("databaseSnapshot"),

		DatabaseFinalSnapshot: r.flag("databaseFinalSnapshot"),

		MediaCORSOrigins: r.list("mediaCorsOrigins"),

		LogRetentionDays: r.number("logRetentionDays"),
		AlarmEmails:      r.list("alarmEmails"),
		MonthlyBudgetUSD: r.number("monthlyBudgetUsd"),
	}
	c.settings = r.settings
	var err error
	if c.neighbours, err = neighbours(ctx.RootDirectory(), c.Project, c.Stack); err != nil {
		return nil, err
	}
	c.AWS, err = awsconfig.Parse(ctx.GetConfig)
	r.check("", err)
	r.rejectUnknown()
	c.validate(r)
	return c, r.err(c.Stack)
}

// String is the configuration as it was resolved, a line for every key.
func (c *Config) String() string {
	width := 0
	for _, s := range c.settings {
		width = max(width, len(s.key))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "configuration of stack %s:\n", c.Stack)
	for _, s := range c.settings {
		value := s.value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(&text, "  %-*s  %s\n", width, s.key, value)
	}
	return text.String()
}

// spot reports whether some tasks run on Fargate Spot.
func (c *Config) spot() bool { return c.OnDemandTasks < c.MaxTasks }

// baseTasks is how many tasks run on-demand beside those on Spot.
func (c *Config) baseTasks() int {
	if !c.spot() {
		return 0 // all of them do
	}
	return c.OnDemandTasks
}
