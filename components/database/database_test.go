package database_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *database.Args {
	return &database.Args{
		VPCID:     pulumi.String("vpc"),
		SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
	}
}

func program(args *database.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		d, err := database.New(ctx, "db", args)
		if err != nil {
			return err
		}
		_, err = d.AllowFrom(ctx, "app", pulumi.String("sg-app"))
		ctx.Export("policy", policy.Document(d.ReadSecret()...))
		return err
	}
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"database.Database db",
		"ec2.SecurityGroup db",
		"kms.Key db",
		"rds.Instance db",
		"rds.ParameterGroup db-postgres17",
		"rds.SubnetGroup db",
		"vpc.SecurityGroupEgressRule db-from-app-out",
		"vpc.SecurityGroupIngressRule db-from-app",
	})
	got.CheckParents(t, "database.Database db")
	mocktest.Equal(t, "protected", got.Protected(), []string{"kms.Key db", "rds.Instance db"})
}

func TestZeroValueIsSafe(t *testing.T) {
	instance := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.Instance db").Inputs
	for key, want := range map[string]any{
		"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t4g.micro", "storageType": "gp3",
		"allocatedStorage": 20.0, "maxAllocatedStorage": 100.0, "backupRetentionPeriod": 7.0,
		"storageEncrypted": true, "publiclyAccessible": false, "deletionProtection": true,
		"skipFinalSnapshot": false, "finalSnapshotIdentifier": "db-final",
		"manageMasterUserPassword": true, "username": "slipway", "autoMinorVersionUpgrade": true, "copyTagsToSnapshot": true,
		"iamDatabaseAuthenticationEnabled": true, "performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 7.0,
		"caCertIdentifier": "rds-ca-rsa2048-g1",
	} {
		if got := instance[resource.PropertyKey(key)].V; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	if _, set := instance["password"]; set {
		t.Error("the program sets a password; RDS is to make and rotate it")
	}
}

func TestDisposableIsNotProtected(t *testing.T) {
	args := base()
	args.Disposable = true
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.Equal(t, "protected", got.Protected(), nil)
	instance := got.Get(t, "rds.Instance db").Inputs
	if instance["deletionProtection"].BoolValue() || !instance["skipFinalSnapshot"].BoolValue() {
		t.Errorf("got deletionProtection %v, skipFinalSnapshot %v", instance["deletionProtection"], instance["skipFinalSnapshot"])
	}
}

func TestParameters(t *testing.T) {
	group := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.ParameterGroup db-postgres17").Inputs
	if family := group["family"].StringValue(); family != "postgres17" {
		t.Errorf("family: got %s", family)
	}
	var got []string
	for _, p := range group["parameters"].ArrayValue() {
		fields := p.ObjectValue()
		got = append(got, fields["name"].StringValue()+"="+fields["value"].StringValue())
	}
	mocktest.Equal(t, "parameters", got, []string{"rds.force_ssl=1", "log_min_duration_statement=500", "lock_timeout=10000"})
}

func TestLogsAndInsightsAreKept(t *testing.T) {
	instance := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.Instance db").Inputs
	var logs []string
	for _, log := range instance["enabledCloudwatchLogsExports"].ArrayValue() {
		logs = append(logs, log.StringValue())
	}
	mocktest.Equal(t, "exported logs", logs, []string{"postgresql", "upgrade"})
	for _, key := range []resource.PropertyKey{"kmsKeyId", "performanceInsightsKmsKeyId", "masterUserSecretKmsKeyId"} {
		if got := instance[key].StringValue(); got != "arn:aws:kms:us-east-1:111122223333:db" {
			t.Errorf("%s: got %s, want the database's own key", key, got)
		}
	}
}

func TestAllowFromOpensPostgresToOneGroupOnly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	in := got.Get(t, "vpc.SecurityGroupIngressRule db-from-app").Inputs
	out := got.Get(t, "vpc.SecurityGroupEgressRule db-from-app-out").Inputs
	for rule, want := range map[*resource.PropertyMap][2]string{&in: {"db_id", "sg-app"}, &out: {"sg-app", "db_id"}} {
		r := *rule
		if r["securityGroupId"].StringValue() != want[0] || r["referencedSecurityGroupId"].StringValue() != want[1] {
			t.Errorf("got %v -> %v, want %v", r["securityGroupId"], r["referencedSecurityGroupId"], want)
		}
		if r["fromPort"].NumberValue() != 5432 || r["toPort"].NumberValue() != 5432 {
			t.Errorf("ports: got %v to %v", r["fromPort"], r["toPort"])
		}
		if _, open := r["cidrIpv4"]; open {
			t.Errorf("a rule names an address range: %v", r["cidrIpv4"])
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&database.Args{Class: "big", StorageGiB: 5, MaxStorageGiB: 5, BackupDays: 99}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"database.VPCID: required",
		"database.SubnetIDs: required",
		`database.Class: "big" is not an instance class such as db.t4g.micro`,
		"database.StorageGiB: 5 must be 20 to 65536",
		"database.MaxStorageGiB: 5 must exceed StorageGiB (5) by 10 % or more",
		"database.BackupDays: 99 must be 1 to 35",
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := database.New(ctx, "db", &database.Args{})
		return err
	})
	if err == nil {
		t.Error("no error")
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}
