package adminhost

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// Defaults of a host.
const (
	// DefaultInstanceType is the smallest Graviton type.
	DefaultInstanceType = "t4g.nano"
	// DefaultNATPort is the one that private subnets reach on the internet.
	DefaultNATPort = 443
)

// Peer is something that the host connects to, such as a database: it opens
// itself to a security group and returns the rules that a connection needs.
type Peer interface {
	AllowFrom(ctx *pulumi.Context, who string, securityGroupID pulumi.StringInput) ([]pulumi.Resource, error)
}

// Args describe a host.
type Args struct {
	// VPCID is the VPC of the security group. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are the private subnets, with a way out, that the host may stand
	// in. Required without NAT, refused with it.
	SubnetIDs pulumi.StringArrayInput
	// InstanceType is a Graviton instance type. Default: t4g.nano.
	InstanceType string
	// Peers are what the host connects to besides AWS and Ubuntu's package
	// mirrors. Default: nothing.
	Peers []Peer
	// Permissions are what the host may do in AWS besides answering sessions,
	// such as reading the database's credentials. Default: nothing.
	Permissions []policy.Statement
	// LogRetentionDays is how long the record of the sessions is kept, one of
	// CloudWatch's values. Default: 30.
	LogRetentionDays int
	// KeyARN is the KMS key that encrypts the sessions and their record; its
	// policy must admit CloudWatch Logs, and whoever starts a session needs
	// kms:GenerateDataKey. The disk has AWS's own key in any case: with another
	// one Auto Scaling needs a grant, or it launches nothing
	// (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html).
	// Default: TLS for the sessions, CloudWatch's own encryption for the record.
	KeyARN pulumi.StringInput
	// Tags are put on the host and its disk, which are not Pulumi's to tag. A
	// change replaces the host: leave out what changes with every deployment.
	// Default: Name, the name of the component; it is there unless given.
	Tags map[string]string
	// NAT makes the host the private subnets' way out. Default: it is not.
	NAT *NAT
}

// NAT is what a host needs to pass traffic on.
type NAT struct {
	// CIDR is the VPC's address range. Required.
	CIDR string
	// SubnetID is the public subnet that the host stands in. Required.
	SubnetID pulumi.StringInput
	// Zone is the name of the subnet's availability zone. Required.
	Zone string
	// Ports are the TCP ports that private subnets reach on the internet.
	// Default: 443.
	Ports []int
}

// The generation of a Graviton type is followed by a g: t4g, m7gd, c7gn. Types
// that begin with g and a digit have a GPU.
var instanceTypePattern = regexp.MustCompile(`^[a-z]+[0-9]+g[a-z]*\.[a-z0-9-]+$`)

// ValidInstanceType reports whether EC2 could have a Graviton type of this name.
func ValidInstanceType(name string) bool { return instanceTypePattern.MatchString(name) }

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("adminhost: args are required")
	}
	a = a.withDefaults()
	var problems []error
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("adminhost.%s: %w", field, err))
		}
	}
	if a.VPCID == nil {
		report("VPCID", errors.New("required"))
	}
	if a.NAT == nil && a.SubnetIDs == nil {
		report("SubnetIDs", errors.New("required without NAT"))
	}
	if a.NAT != nil && a.SubnetIDs != nil {
		report("SubnetIDs", errors.New("goes without NAT: as the NAT the host stands in NAT.SubnetID"))
	}
	if !ValidInstanceType(a.InstanceType) {
		report("InstanceType", fmt.Errorf("%q is not a Graviton instance type such as %s", a.InstanceType, DefaultInstanceType))
	}
	report("LogRetentionDays", logs.ValidRetention(a.LogRetentionDays))
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		report("Tags."+key, validTag(key, a.Tags[key]))
	}
	if a.NAT != nil {
		a.NAT.validate(report)
	}
	return errors.Join(problems...)
}

func (n *NAT) validate(report func(field string, err error)) {
	required := func(field string, missing bool) {
		if missing {
			report("NAT."+field, errors.New("required"))
		}
	}
	prefix, err := netip.ParsePrefix(n.CIDR)
	if err != nil || !prefix.Addr().Is4() || prefix != prefix.Masked() {
		report("NAT.CIDR", fmt.Errorf("%q is not an address range such as 10.10.0.0/16", n.CIDR))
	}
	required("SubnetID", n.SubnetID == nil)
	required("Zone", strings.TrimSpace(n.Zone) == "")
	for i, port := range n.Ports {
		switch {
		case port < 1 || port > 65535:
			report(fmt.Sprintf("NAT.Ports[%d]", i), fmt.Errorf("%d must be 1 to 65535", port))
		case slices.Index(n.Ports, port) < i:
			report(fmt.Sprintf("NAT.Ports[%d]", i), fmt.Errorf("%d is given twice", port))
		}
	}
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
func validTag(key, value string) error {
	switch {
	case key == "" || len([]rune(key)) > 128:
		return errors.New("the key must have 1 to 128 characters")
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return errors.New("keys that begin with aws: are AWS's own")
	case len([]rune(value)) > 256:
		return errors.New("the value must have 256 characters or fewer")
	}
	return nil
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.InstanceType = cmp.Or(b.InstanceType, DefaultInstanceType)
	if a.NAT != nil {
		nat := *a.NAT
		if len(nat.Ports) == 0 {
			nat.Ports = []int{DefaultNATPort}
		}
		b.NAT = &nat
	}
	return &b
}
