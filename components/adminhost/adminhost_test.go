package adminhost_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"gitlab.com/slipway/slipway/components/adminhost"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// peer opens itself by one rule that is named after who.
type peer struct{}

func (peer) AllowFrom(ctx *pulumi.Context, who string, securityGroupID pulumi.StringInput) ([]pulumi.Resource, error) {
	rule, err := vpc.NewSecurityGroupEgressRule(ctx, "peer-from-"+who, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: securityGroupID,
		IpProtocol:      pulumi.String("tcp"),
	})
	return []pulumi.Resource{rule}, err
}

// closed is a peer that can't be opened.
type closed struct{}

var errClosed = errors.New("closed")

func (closed) AllowFrom(*pulumi.Context, string, pulumi.StringInput) ([]pulumi.Resource, error) {
	return nil, errClosed
}

func base() *adminhost.Args {
	return &adminhost.Args{
		VPCID:     pulumi.String("vpc"),
		SubnetIDs: pulumi.ToStringArray([]string{"private-1", "private-2"}),
	}
}

func nat() *adminhost.Args {
	return &adminhost.Args{
		VPCID: pulumi.String("vpc"),
		NAT: &adminhost.NAT{
			CIDR:     "10.10.0.0/16",
			SubnetID: pulumi.String("public-1"),
			Zone:     "us-east-1a",
		},
	}
}

// machine is the name of the template and the group of a host with these args.
func machine(args *adminhost.Args) string {
	if args.NAT == nil {
		return "admin-private"
	}
	return "admin"
}

func program(args *adminhost.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := adminhost.New(ctx, "admin", args)
		return err
	}
}

func run(t *testing.T, args *adminhost.Args) *mocktest.Recording {
	t.Helper()
	return mocktest.MustRun(t, "test", nil, program(args))
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	host := []string{
		"adminhost.Host admin",
		"cloudwatch.LogGroup admin",
		"ec2.SecurityGroup admin",
		"iam.InstanceProfile admin",
		"iam.Role admin",
		"iam.RolePolicy admin",
		"ssm.Document admin",
		"vpc.SecurityGroupEgressRule admin-out-443",
		"vpc.SecurityGroupEgressRule admin-out-80",
	}
	// A host that becomes the NAT, or is it no longer, comes beside the old one.
	alone := []string{"autoscaling.Group admin-private", "ec2.LaunchTemplate admin-private"}
	way := []string{
		"autoscaling.Group admin",
		"ec2.Eip admin",
		"ec2.LaunchTemplate admin",
		"ec2.NetworkInterface admin",
		"vpc.SecurityGroupIngressRule admin-nat-443",
	}
	for name, test := range map[string]struct {
		args *adminhost.Args
		want []string
	}{
		"host": {base(), slices.Sorted(slices.Values(slices.Concat(host, alone)))},
		"NAT":  {nat(), slices.Sorted(slices.Values(slices.Concat(host, way)))},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.args)
			mocktest.Equal(t, "resources", got.Keys(), test.want)
			got.CheckParents(t, "adminhost.Host admin")
			mocktest.Equal(t, "protected", got.Protected(), nil)
		})
	}
}

func TestRoleMayAnswerSessionsOnly(t *testing.T) {
	const (
		heartbeat = `{"Sid":"Heartbeat","Effect":"Allow","Action":["ssm:UpdateInstanceInformation"],"Resource":["arn:aws:ec2:us-east-1:111122223333:instance/*"]}`
		channels  = `{"Sid":"SessionChannels","Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel",` +
			`"ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":["*"]}`
		find  = `{"Sid":"FindSessionLogs","Effect":"Allow","Action":["logs:DescribeLogGroups"],"Resource":["*"]}`
		write = `{"Sid":"WriteSessionLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"],` +
			`"Resource":["arn:aws:logs:us-east-1:111122223333:admin:*"]}`
		decrypt = `{"Sid":"DecryptSessions","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["arn:key"],` +
			`"Condition":{"StringLike":{"kms:EncryptionContext:aws:ssm:TargetId":"i-*"}}}`
		extra = `{"Sid":"Credentials","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:secret"]}`
	)
	sessions := []string{heartbeat, channels, find, write}
	full := nat()
	full.KeyARN = pulumi.String("arn:key")
	full.Permissions = []policy.Statement{{
		Sid:       "Credentials",
		Actions:   []string{"secretsmanager:GetSecretValue"},
		Resources: []pulumi.StringInput{pulumi.String("arn:secret")},
	}}
	for name, test := range map[string]struct {
		args *adminhost.Args
		want []string
	}{
		"host":                    {base(), sessions},
		"NAT":                     {nat(), sessions},
		"with key and permission": {full, append(slices.Clone(sessions), decrypt, extra)},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.args)
			mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy admin").Inputs["policy"].StringValue(),
				`{"Version":"2012-10-17","Statement":[`+strings.Join(test.want, ",")+`]}`)
			mocktest.SameJSON(t, got.Get(t, "iam.Role admin").Inputs["assumeRolePolicy"].StringValue(),
				`{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRole","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ec2.amazonaws.com"]}}]}`)
			sameInputs(t, got.Get(t, "iam.InstanceProfile admin"), map[string]any{"role": "admin"})
		})
	}
}

func TestSessionsAreEncryptedAndLogged(t *testing.T) {
	encrypted := base()
	encrypted.KeyARN = pulumi.String("arn:key")
	encrypted.LogRetentionDays = 365
	for name, test := range map[string]struct {
		args           *adminhost.Args
		key, encrypted string
		group          map[string]any
	}{
		"without key": {base(), "", "false", map[string]any{"retentionInDays": 30.0}},
		"with key":    {encrypted, "arn:key", "true", map[string]any{"retentionInDays": 365.0, "kmsKeyId": "arn:key"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.args)
			document := got.Get(t, "ssm.Document admin").Inputs
			if kind := document["documentType"].StringValue(); kind != "Session" {
				t.Errorf("type: got %s", kind)
			}
			mocktest.SameJSON(t, document["content"].StringValue(), `{
				"schemaVersion": "1.0",
				"description": "A shell on admin, encrypted and logged",
				"sessionType": "Standard_Stream",
				"inputs": {
					"s3BucketName": "", "s3KeyPrefix": "", "s3EncryptionEnabled": true,
					"cloudWatchLogGroupName": "admin", "cloudWatchEncryptionEnabled": `+test.encrypted+`, "cloudWatchStreamingEnabled": true,
					"kmsKeyId": "`+test.key+`", "runAsEnabled": false, "runAsDefaultUser": "",
					"idleSessionTimeout": "20", "shellProfile": {"linux": "exec bash -l"}
				}}`)
			sameInputs(t, got.Get(t, "cloudwatch.LogGroup admin"), test.group)
		})
	}
}

// What a host is and what it lacks: no key pair, no public address, no metadata
// without a token or from behind the host, no plain disk.
func TestTemplateIsClosed(t *testing.T) {
	template := func(networkInterface map[string]any) map[string]any {
		return map[string]any{
			"description":          "Admin host",
			"imageId":              "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
			"instanceType":         "t4g.nano",
			"updateDefaultVersion": true,
			"iamInstanceProfile":   map[string]any{"arn": "arn:aws:iam:us-east-1:111122223333:admin-profile"},
			"networkInterfaces":    []any{networkInterface},
			"metadataOptions": map[string]any{
				"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0, "instanceMetadataTags": "disabled",
			},
			"blockDeviceMappings": []any{map[string]any{
				"deviceName": "/dev/sda1",
				"ebs":        map[string]any{"volumeType": "gp3", "encrypted": "true", "deleteOnTermination": "true"},
			}},
			"tagSpecifications": []any{map[string]any{"resourceType": "volume", "tags": map[string]any{"Name": "admin"}}},
		}
	}
	for name, test := range map[string]struct {
		args *adminhost.Args
		want map[string]any
	}{
		"host": {base(), template(map[string]any{
			"deviceIndex": 0.0, "associatePublicIpAddress": "false", "securityGroups": []any{"admin_id"}, "deleteOnTermination": "true",
		})},
		"NAT": {nat(), template(map[string]any{
			"deviceIndex": 0.0, "networkInterfaceId": "admin_id", "deleteOnTermination": "false",
		})},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.args).Get(t, "ec2.LaunchTemplate "+machine(test.args))
			delete(got.Inputs, "userData") // has tests of its own
			sameInputs(t, got, test.want)
		})
	}
}

func TestGroupKeepsOneHost(t *testing.T) {
	group := func(template, place string, places []any) map[string]any {
		return map[string]any{
			"minSize": 1.0, "maxSize": 1.0, "desiredCapacity": 1.0,
			"healthCheckType":           "EC2",
			"launchTemplate":            map[string]any{"id": template, "version": "1"},
			"instanceMaintenancePolicy": map[string]any{"minHealthyPercentage": 0.0, "maxHealthyPercentage": 100.0},
			"tags":                      []any{map[string]any{"key": "Name", "value": "admin", "propagateAtLaunch": true}},
			place:                       places,
		}
	}
	for name, test := range map[string]struct {
		args *adminhost.Args
		want map[string]any
	}{
		"host": {base(), group("admin-private_id", "vpcZoneIdentifiers", []any{"private-1", "private-2"})},
		"NAT":  {nat(), group("admin_id", "availabilityZones", []any{"us-east-1a"})},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, test.args).Get(t, "autoscaling.Group "+machine(test.args))
			sameInputs(t, got, test.want)
			// An update would start a refresh and leave whoever waits for the way out
			// in the middle of it.
			mocktest.Equal(t, "replaced by a change of", got.ReplaceOnChanges, []string{"launchTemplate"})
		})
	}
}

func TestHostStartsAfterWhatItNeeds(t *testing.T) {
	args := nat()
	args.Peers = []adminhost.Peer{peer{}}
	group := run(t, args).Get(t, "autoscaling.Group admin")
	for _, needed := range []string{
		"ec2.Eip admin",
		"iam.RolePolicy admin",
		"vpc.SecurityGroupEgressRule admin-out-443",
		"vpc.SecurityGroupEgressRule admin-out-80",
		"vpc.SecurityGroupEgressRule peer-from-admin",
		"vpc.SecurityGroupIngressRule admin-nat-443",
	} {
		if !slices.Contains(group.DependsOn, needed) {
			t.Errorf("the group does not wait for %s: %v", needed, group.DependsOn)
		}
	}
}

func TestPeerThatFailsIsReported(t *testing.T) {
	args := base()
	args.Peers = []adminhost.Peer{closed{}}
	if _, err := mocktest.Run(t, "test", nil, program(args)); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
}

// The interface has room for one host, so the old group goes before the new one
// comes.
func TestGroupIsDeletedBeforeItIsReplaced(t *testing.T) {
	before := map[string]bool{}
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			options, err := pulumi.NewResourceOptions(args.Opts...)
			if err != nil {
				t.Error(err)
				return nil
			}
			before[args.Type] = options.DeleteBeforeReplace
			return nil
		})
		if err != nil {
			return err
		}
		return program(nat())(ctx)
	})
	if !before["aws:autoscaling/group:Group"] {
		t.Error("the new group comes first")
	}
}

func TestSecurityGroupAdmitsTheVPCOnlyWhereItIsTheNAT(t *testing.T) {
	args := nat()
	args.NAT.Ports = []int{443, 587}
	got := run(t, args)
	for port, description := range map[string]string{"80": "Ubuntu package mirrors", "443": "HTTPS to AWS", "587": "For the private subnets"} {
		sameInputs(t, got.Get(t, "vpc.SecurityGroupEgressRule admin-out-"+port), map[string]any{
			"securityGroupId": "admin_id", "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp",
			"fromPort": number(port), "toPort": number(port), "description": description,
		})
	}
	var inbound []string
	for _, res := range got.All() {
		if strings.HasPrefix(res.Key(), "vpc.SecurityGroupIngressRule ") {
			inbound = append(inbound, res.Name)
			port := strings.TrimPrefix(res.Name, "admin-nat-")
			sameInputs(t, res, map[string]any{
				"securityGroupId": "admin_id", "cidrIpv4": "10.10.0.0/16", "ipProtocol": "tcp",
				"fromPort": number(port), "toPort": number(port), "description": "Private subnets on their way out",
			})
		}
	}
	slices.Sort(inbound)
	mocktest.Equal(t, "inbound", inbound, []string{"admin-nat-443", "admin-nat-587"})
	sameInputs(t, got.Get(t, "ec2.SecurityGroup admin"), map[string]any{
		"vpcId": "vpc", "description": "Admin host: admits nothing from outside the VPC",
	})
}

// The address and the interface are apart from the host, so that
// they stay when it goes.
func TestNATOutlivesItsHost(t *testing.T) {
	got := run(t, nat())
	sameInputs(t, got.Get(t, "ec2.NetworkInterface admin"), map[string]any{
		"subnetId": "public-1", "securityGroups": []any{"admin_id"}, "sourceDestCheck": false,
		"description": "NAT: stays when admin is replaced", "tags": map[string]any{"Name": "admin"},
	})
	sameInputs(t, got.Get(t, "ec2.Eip admin"), map[string]any{
		"domain": "vpc", "networkInterface": "admin_id", "tags": map[string]any{"Name": "admin"},
	})
}

func TestOutputs(t *testing.T) {
	var got map[string]string
	outputs := func(args *adminhost.Args) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			host, err := adminhost.New(ctx, "admin", args)
			if err != nil {
				return err
			}
			ctx.Export("all", pulumi.All(host.SecurityGroupID, host.GroupName, host.SessionDocument, host.LogGroup, host.ConnectCommand,
				host.PublicIP, host.InterfaceID).ApplyT(func(v []any) bool {
				got = map[string]string{
					"security group": v[0].(string), "group": v[1].(string), "document": v[2].(string), "log group": v[3].(string),
					"command": v[4].(string), "address": v[5].(string), "interface": v[6].(string),
				}
				return true
			}))
			return nil
		}
	}
	want := map[string]string{
		"security group": "admin_id", "group": "admin-private", "document": "admin", "log group": "admin",
		"command": fmt.Sprintf(`aws ssm start-session --region us-east-1 --document-name admin --target "$(aws ec2 describe-instances --region us-east-1 `+
			`--filters Name=tag:aws:autoscaling:groupName,Values=%s Name=instance-state-name,Values=running `+
			`--query 'Reservations[].Instances[].InstanceId' --output text)"`, "admin-private"),
		"address": "", "interface": "",
	}
	check := func() {
		t.Helper()
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: got %q, want %q", key, got[key], value)
			}
		}
	}
	mocktest.MustRun(t, "test", nil, outputs(base()))
	check()
	want["command"] = strings.Replace(want["command"], "admin-private", "admin", 1)
	want["group"], want["address"] = "admin", "203.0.113.10"
	want["interface"] = "admin_id"
	mocktest.MustRun(t, "test", nil, outputs(nat()))
	check()
}

func TestTagsReachTheHostAndItsDisk(t *testing.T) {
	args := base()
	args.Tags = map[string]string{"environment": "test", "Name": "mine"}
	got := run(t, args)
	if tags := got.Get(t, "ec2.LaunchTemplate admin-private").Inputs["tagSpecifications"]; !tags.DeepEquals(property([]any{
		map[string]any{"resourceType": "volume", "tags": map[string]any{"Name": "mine", "environment": "test"}},
	})) {
		t.Errorf("disk: got %v", tags)
	}
	if tags := got.Get(t, "autoscaling.Group admin-private").Inputs["tags"]; !tags.DeepEquals(property([]any{
		map[string]any{"key": "Name", "value": "mine", "propagateAtLaunch": true},
		map[string]any{"key": "environment", "value": "test", "propagateAtLaunch": true},
	})) {
		t.Errorf("host: got %v", tags)
	}
}

// cloudConfig is what the tests read of the user data.
type cloudConfig struct {
	Swap          map[string]string   `yaml:"swap"`
	PackageUpdate bool                `yaml:"package_update"`
	Packages      []string            `yaml:"packages"`
	WriteFiles    []map[string]string `yaml:"write_files"`
	RunCmd        [][]string          `yaml:"runcmd"`
}

func (c cloudConfig) file(t *testing.T, path string) string {
	t.Helper()
	for _, file := range c.WriteFiles {
		if file["path"] == path {
			return file["content"]
		}
	}
	t.Fatalf("no file %s", path)
	return ""
}

// boot reads the user data of a host as cloud-init does, and refuses fields that
// it would not know.
func boot(t *testing.T, args *adminhost.Args) cloudConfig {
	t.Helper()
	encoded := run(t, args).Get(t, "ec2.LaunchTemplate "+machine(args)).Inputs["userData"].StringValue()
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
	if len(text) > 16*1024 {
		t.Errorf("%d bytes, EC2 takes 16 KiB", len(text))
	}
	rest, found := strings.CutPrefix(string(text), "#cloud-config\n")
	if !found {
		t.Fatalf("cloud-init takes no heed of text that does not begin with #cloud-config:\n%s", text)
	}
	var config cloudConfig
	decoder := yaml.NewDecoder(strings.NewReader(rest))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}
	return config
}

const securityUpdates = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "04:00";
`

func TestHostInstallsPsqlAndSecurityUpdates(t *testing.T) {
	got := boot(t, base())
	if !got.PackageUpdate || got.Swap["filename"] != "/swap.img" || got.Swap["size"] != "1G" {
		t.Errorf("got %+v", got)
	}
	mocktest.Equal(t, "packages", got.Packages, []string{"postgresql-client", "unattended-upgrades"})
	if text := got.file(t, "/etc/apt/apt.conf.d/90security-updates"); text != securityUpdates {
		t.Errorf("security updates: got %q", text)
	}
	mocktest.Equal(t, "commands", lines(got.RunCmd), []string{"snap install aws-cli --classic"})
	if len(got.WriteFiles) != 1 {
		t.Errorf("files: got %v", got.WriteFiles)
	}
}

const wantRules = `#!/usr/sbin/nft -f

flush ruleset

define vpc = 10.10.0.0/16

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
		ip saddr $vpc ip daddr != $vpc tcp dport { 443, 587 } accept
	}
}

table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr $vpc ip daddr != $vpc masquerade
	}
}
`

func TestNATForwardsAndTranslates(t *testing.T) {
	args := nat()
	args.NAT.Ports = []int{443, 587}
	got := boot(t, args)
	mocktest.Equal(t, "packages", got.Packages, []string{"postgresql-client", "unattended-upgrades", "nftables"})
	if text := got.file(t, "/etc/sysctl.d/90-nat.conf"); text != "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.send_redirects = 0\nnet.ipv4.conf.default.send_redirects = 0\n" {
		t.Errorf("forwarding: got %q", text)
	}
	if text := got.file(t, "/etc/nftables.conf"); text != wantRules {
		t.Errorf("rules: got %s", text)
	}
	if text := got.file(t, "/etc/apt/apt.conf.d/90security-updates"); text != securityUpdates {
		t.Errorf("security updates: got %q", text)
	}
	mocktest.Equal(t, "commands", lines(got.RunCmd), []string{
		"sysctl --system", "systemctl enable nftables", "systemctl restart nftables", "snap install aws-cli --classic",
	})
}

// nft reads the rules as the host's kernel would, without applying them, in a
// network namespace of its own.
func TestNftTakesTheRules(t *testing.T) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Skip("nft is not installed (Debian package nftables): the rules were compared as text only")
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("a network namespace takes root and util-linux: the rules were compared as text only")
	}
	rules := filepath.Join(t.TempDir(), "nftables.conf")
	if err := os.WriteFile(rules, []byte(boot(t, nat()).file(t, "/etc/nftables.conf")), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(unshare, "--net", nft, "--check", "--file", rules).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&adminhost.Args{
		SubnetIDs:        pulumi.ToStringArray([]string{"private-1"}),
		InstanceType:     "t3.nano",
		LogRetentionDays: 31,
		Tags: map[string]string{
			"":                       "x",
			"AWS:x":                  "x",
			strings.Repeat("k", 129): "x",
			"long":                   strings.Repeat("v", 257),
			"fits":                   strings.Repeat("v", 256),
		},
		NAT: &adminhost.NAT{CIDR: "10.10.0.1/16", Zone: " ", Ports: []int{0, 443, 443, 65536}},
	}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"adminhost.VPCID: required",
		"adminhost.SubnetIDs: goes without NAT: as the NAT the host stands in NAT.SubnetID",
		`adminhost.InstanceType: "t3.nano" is not a Graviton instance type such as t4g.nano`,
		"adminhost.LogRetentionDays: 31 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]",
		"adminhost.Tags.: the key must have 1 to 128 characters",
		"adminhost.Tags.AWS:x: keys that begin with aws: are AWS's own",
		"adminhost.Tags." + strings.Repeat("k", 129) + ": the key must have 1 to 128 characters",
		"adminhost.Tags.long: the value must have 256 characters or fewer",
		`adminhost.NAT.CIDR: "10.10.0.1/16" is not an address range such as 10.10.0.0/16`,
		"adminhost.NAT.SubnetID: required",
		"adminhost.NAT.Zone: required",
		"adminhost.NAT.Ports[0]: 0 must be 1 to 65535",
		"adminhost.NAT.Ports[2]: 443 is given twice",
		"adminhost.NAT.Ports[3]: 65536 must be 1 to 65535",
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, change := range map[string]func(*adminhost.Args){
		"no VPC":           func(a *adminhost.Args) { a.VPCID = nil },
		"no subnets":       func(a *adminhost.Args) { a.SubnetIDs = nil },
		"subnets and NAT":  func(a *adminhost.Args) { a.NAT = nat().NAT },
		"other processor":  func(a *adminhost.Args) { a.InstanceType = "m7i.large" },
		"range of the NAT": func(a *adminhost.Args) { *a = *nat(); a.NAT.CIDR = "10.0.0.0/16; accept" },
		"IPv6 of the NAT":  func(a *adminhost.Args) { *a = *nat(); a.NAT.CIDR = "fd00::/64" },
		"NAT without zone": func(a *adminhost.Args) { *a = *nat(); a.NAT.Zone = "" },
	} {
		args := base()
		change(args)
		got, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		mocktest.Equal(t, name, got.Keys(), nil)
	}
	if _, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := adminhost.New(ctx, "", base())
		return err
	}); err == nil || !strings.Contains(err.Error(), "register admin host") {
		t.Errorf("no name: got %v", err)
	}
	if got, err := mocktest.Run(t, "test", nil, program(nil)); err == nil || len(got.Keys()) > 0 {
		t.Errorf("no args: got %v, %v", got.Keys(), err)
	}
}

func TestValidInstanceType(t *testing.T) {
	for name, want := range map[string]bool{
		"t4g.nano": true, "m7gd.large": true, "c7gn.medium": true, "im4gn.large": true, "x2gd.medium": true, "m8g.metal-24xl": true,
		"t3.nano": false, "g4dn.xlarge": false, "m7i.large": false, "t4g": false, "db.t4g.micro": false, "": false, "T4G.nano": false,
	} {
		if got := adminhost.ValidInstanceType(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

func lines(commands [][]string) []string {
	var out []string
	for _, command := range commands {
		out = append(out, strings.Join(command, " "))
	}
	return out
}

func number(text string) float64 {
	return map[string]float64{"80": 80, "443": 443, "587": 587}[text]
}

func property(value any) resource.PropertyValue { return resource.NewPropertyValue(value) }

func sameInputs(t *testing.T, got mocktest.Resource, want map[string]any) {
	t.Helper()
	if wanted := resource.NewPropertyMapFromMap(want); !got.Inputs.DeepEquals(wanted) {
		t.Errorf("%s: got %v, want %v", got.Key(), got.Inputs, wanted)
	}
}
