package adminhost

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// cloudConfig is what cloud-init does with a new host.
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html
type cloudConfig struct {
	Swap          swap       `yaml:"swap"`
	PackageUpdate bool       `yaml:"package_update"`
	Packages      []string   `yaml:"packages"`
	WriteFiles    []file     `yaml:"write_files"`
	RunCmd        [][]string `yaml:"runcmd"`
}

type swap struct {
	Filename string `yaml:"filename"`
	Size     string `yaml:"size"`
}

type file struct {
	Path    string `yaml:"path"`
	Content string `yaml:"content"`
}

// securityUpdates installs security updates every day, and reboots for those
// that need it, at a quiet hour (UTC).
const securityUpdates = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "04:00";
`

// forwarding lets the kernel pass packets on. They leave by the interface that
// they came by: without the second line the kernel would tell their senders to
// do without it.
const forwarding = `net.ipv4.ip_forward = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.conf.default.send_redirects = 0
`

// ruleset translates what the VPC sends to elsewhere and refuses the rest. It
// names no interface: that is an instance type's choice.
const ruleset = `#!/usr/sbin/nft -f

flush ruleset

define vpc = %s

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state established,related accept
		meta l4proto { icmp, ipv6-icmp } accept
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ip saddr $vpc ip daddr != $vpc tcp dport { %s } accept
	}
}

table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr $vpc ip daddr != $vpc masquerade
	}
}
`

// userData is the host's cloud-init configuration.
func userData(nat *NAT) (string, error) {
	config := cloudConfig{
		// t4g.nano has 512 MiB of memory, too little for apt beside the SSM agent.
		Swap:          swap{Filename: "/swap.img", Size: "1G"},
		PackageUpdate: true,
		Packages:      []string{"postgresql-client", "unattended-upgrades"},
		WriteFiles: []file{
			{Path: "/etc/apt/apt.conf.d/90security-updates", Content: securityUpdates},
		},
		RunCmd: [][]string{},
	}
	if nat != nil {
		config.Packages = append(config.Packages, "nftables")
		config.WriteFiles = append(config.WriteFiles,
			file{Path: "/etc/sysctl.d/90-nat.conf", Content: forwarding},
			file{Path: "/etc/nftables.conf", Content: natRules(nat)})
		config.RunCmd = append(config.RunCmd,
			[]string{"sysctl", "--system"},
			[]string{"systemctl", "enable", "nftables"},
			[]string{"systemctl", "restart", "nftables"})
	}
	// The AWS CLI is what reads secrets with the host's role. Ubuntu has it as a
	// snap by AWS only; it comes last because nothing else needs it.
	config.RunCmd = append(config.RunCmd, []string{"snap", "install", "aws-cli", "--classic"})
	text, err := yaml.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("write cloud-init configuration: %w", err)
	}
	return "#cloud-config\n" + string(text), nil
}

func natRules(nat *NAT) string {
	ports := make([]string, 0, len(nat.Ports))
	for _, port := range nat.Ports {
		ports = append(ports, strconv.Itoa(port))
	}
	return fmt.Sprintf(ruleset, nat.CIDR, strings.Join(ports, ", "))
}
