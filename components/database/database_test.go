package database_test

import (
	"slices"
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
	mocktest.Equal(t, "resources", got.Keys(), children())
	got.CheckParents(t, "database.Database db")
	mocktest.Equal(t, "protected", got.Protected(), []string{"kms.Key db", "rds.Instance db"})
}

func children(more ...string) []string {
	return slices.Sorted(slices.Values(append([]string{
		"cloudwatch.LogGroup db-iam-db-auth-error",
		"cloudwatch.LogGroup db-postgresql",
		"cloudwatch.LogGroup db-upgrade",
		"database.Database db",
		"ec2.SecurityGroup db",
		"iam.Role db-monitoring",
		"iam.RolePolicy db-monitoring",
		"key.Key db",
		"kms.Alias db",
		"kms.Key db",
		"rds.Instance db",
		"rds.ParameterGroup db-postgres17",
		"rds.SubnetGroup db",
		"vpc.SecurityGroupEgressRule db-from-app-out",
		"vpc.SecurityGroupIngressRule db-from-app",
	}, more...)))
}

func TestZeroValueIsSafe(t *testing.T) {
	instance := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.Instance db").Inputs
	for key, want := range map[string]any{
		"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t4g.micro", "storageType": "gp3",
		"allocatedStorage": 20.0, "maxAllocatedStorage": 100.0, "backupRetentionPeriod": 7.0,
		"storageEncrypted": true, "publiclyAccessible": false, "deletionProtection": true,
		"skipFinalSnapshot": false, "finalSnapshotIdentifier": "db-1a2b3c4-final",
		"manageMasterUserPassword": true, "username": "slipway", "autoMinorVersionUpgrade": true, "copyTagsToSnapshot": true,
		"iamDatabaseAuthenticationEnabled": true, "performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 7.0,
		"caCertIdentifier": "rds-ca-rsa2048-g1", "applyImmediately": true, "dbName": "app", "identifier": "db-1a2b3c4",
		"monitoringInterval": 60.0, "monitoringRoleArn": "arn:aws:iam:us-east-1:111122223333:db-monitoring",
	} {
		if got := instance[resource.PropertyKey(key)].V; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	for _, key := range []resource.PropertyKey{"password", "snapshotIdentifier", "replicateSourceDb"} {
		if _, set := instance[key]; set {
			t.Errorf("%s is set", key)
		}
	}
}

func TestDisposableIsNotProtected(t *testing.T) {
	args := base()
	args.Disposable = true
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.Equal(t, "protected", got.Protected(), nil)
	instance := got.Get(t, "rds.Instance db").Inputs
	if instance["deletionProtection"].BoolValue() {
		t.Error("it can't be deleted")
	}
}

// Whether there is a final snapshot does not depend on the protection, without
// which alone an instance can be deleted. What is in it needs the key.
func TestFinalSnapshotAndItsKey(t *testing.T) {
	for _, without := range []bool{false, true} {
		args := base()
		args.Disposable, args.WithoutFinalSnapshot = true, without
		got := mocktest.MustRun(t, "test", nil, program(args))
		instance := got.Get(t, "rds.Instance db").Inputs
		if skip := instance["skipFinalSnapshot"].BoolValue(); skip != without {
			t.Errorf("without %v: skipFinalSnapshot %v", without, skip)
		}
		if _, named := instance["finalSnapshotIdentifier"]; named == without {
			t.Errorf("without %v: finalSnapshotIdentifier %v", without, instance["finalSnapshotIdentifier"])
		}
		if kept := got.Get(t, "kms.Key db").Retained; kept == without {
			t.Errorf("without %v: the key is kept: %v", without, kept)
		}
	}
}

// RDS applies all three without a restart, and answers pending-reboot where the
// value is its own.
func TestParameters(t *testing.T) {
	group := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.ParameterGroup db-postgres17").Inputs
	if family := group["family"].StringValue(); family != "postgres17" {
		t.Errorf("family: got %s", family)
	}
	var got []string
	for _, p := range group["parameters"].ArrayValue() {
		fields := p.ObjectValue()
		got = append(got, fields["name"].StringValue()+"="+fields["value"].StringValue()+" "+fields["applyMethod"].StringValue())
	}
	mocktest.Equal(t, "parameters", got, []string{
		"rds.force_ssl=1 pending-reboot", "log_min_duration_statement=500 immediate", "lock_timeout=10000 immediate",
	})
}

func TestLogsAndInsightsAreKept(t *testing.T) {
	instance := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "rds.Instance db").Inputs
	var logs []string
	for _, log := range instance["enabledCloudwatchLogsExports"].ArrayValue() {
		logs = append(logs, log.StringValue())
	}
	mocktest.Equal(t, "exported logs", logs, []string{"postgresql", "upgrade", "iam-db-auth-error"})
	for _, key := range []resource.PropertyKey{"kmsKeyId", "performanceInsightsKmsKeyId", "masterUserSecretKmsKeyId"} {
		if got := instance[key].StringValue(); got != "arn:aws:kms:us-east-1:111122223333:db" {
			t.Errorf("%s: got %s, want the database's own key", key, got)
		}
	}
}

// RDS creates a log group that is missing, without a key and for ever: the
// instance waits for ours.
func TestLogGroupsComeBeforeTheInstance(t *testing.T) {
	args := base()
	args.LogRetentionDays = 90
	got := mocktest.MustRun(t, "test", nil, program(args))
	waits := got.Get(t, "rds.Instance db").DependsOn
	for _, log := range []string{"postgresql", "upgrade", "iam-db-auth-error"} {
		group := got.Get(t, "cloudwatch.LogGroup db-"+log)
		if name := group.Inputs["name"].StringValue(); name != "/aws/rds/instance/db-1a2b3c4/"+log {
			t.Errorf("got name %s", name)
		}
		if days := group.Inputs["retentionInDays"].NumberValue(); days != 90 {
			t.Errorf("%s: kept for %v days", log, days)
		}
		if key := group.Inputs["kmsKeyId"].StringValue(); key != "arn:aws:kms:us-east-1:111122223333:db" {
			t.Errorf("%s: key %s", log, key)
		}
		if !slices.Contains(waits, group.Key()) {
			t.Errorf("the instance does not wait for %s: %q", group.Key(), waits)
		}
	}
}

func TestMonitoringRoleWritesToRDSLogGroupsOnly(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	mocktest.SameJSON(t, got.Get(t, "iam.Role db-monitoring").Inputs["assumeRolePolicy"].StringValue(),
		`{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRole","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["monitoring.rds.amazonaws.com"]}`+
			`,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:rds:us-east-1:111122223333:db:db-*"}}}]}`)
	mocktest.SameJSON(t, got.Get(t, "iam.RolePolicy db-monitoring").Inputs["policy"].StringValue(), `{"Version":"2012-10-17","Statement":[
		{"Sid":"CreateLogGroup","Effect":"Allow","Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],
		 "Resource":["arn:aws:logs:us-east-1:111122223333:log-group:RDS*"]},
		{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:GetLogEvents","logs:PutLogEvents"],
		 "Resource":["arn:aws:logs:us-east-1:111122223333:log-group:RDS*:log-stream:*"]}]}`)
}

// A restored instance comes up under a name of its own, beside the one that it
// replaces, and takes names and key from the snapshot.
func TestRestoreFromSnapshot(t *testing.T) {
	args := base()
	args.SnapshotID = "before-the-accident"
	got := mocktest.MustRun(t, "test", nil, program(args))
	instance := got.Get(t, "rds.Instance db").Inputs
	if id := instance["snapshotIdentifier"].StringValue(); id != "before-the-accident" {
		t.Errorf("got snapshot %s", id)
	}
	all := got.All()
	group := all[slices.IndexFunc(all, func(r mocktest.Resource) bool { return r.Type == "aws:rds/subnetGroup:SubnetGroup" })]
	if len(group.Name) != len("db-01234567") || !strings.HasPrefix(group.Name, "db-") {
		t.Errorf("the subnet group, which names the instance, is called %s", group.Name)
	}
	if got, want := instance["identifier"].StringValue(), group.Outputs["name"].StringValue(); got != want {
		t.Errorf("got identifier %s, want %s", got, want)
	}
	got.Get(t, "cloudwatch.LogGroup "+group.Name+"-postgresql")
	for _, key := range []resource.PropertyKey{"dbName", "username", "kmsKeyId"} {
		if _, set := instance[key]; set {
			t.Errorf("%s is set: RDS takes it from the snapshot", key)
		}
	}
	for _, key := range []resource.PropertyKey{"manageMasterUserPassword", "storageEncrypted", "deletionProtection"} {
		if !instance[key].BoolValue() {
			t.Errorf("%s is off", key)
		}
	}
}

// RDS wants storage to have room to grow: what it has by now bounds what can be asked for.
func TestStorageIsNotTakenBack(t *testing.T) {
	for has, want := range map[int]int{20: 5, 90: 20, 91: 21, 100: 22, 1000: 220} {
		standing := database.Standing{StorageGiB: has}
		if got := standing.LeastStorageGiB(); got != want {
			t.Errorf("%d GiB: got %d, want %d", has, got, want)
		}
	}
}

// The provider would rename an instance whose snapshot is no longer named, and keep
// its data: a change of it is another instance, whatever it was before.
func TestAnotherGenerationIsAnotherInstance(t *testing.T) {
	for _, snapshot := range []string{"", "before-the-accident"} {
		args := base()
		args.SnapshotID = snapshot
		instance := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "rds.Instance db")
		mocktest.Equal(t, "replaced by a change of", instance.ReplaceOnChanges, []string{"identifier"})
	}
}

// Whatever is named after an instance is named after that one only: a log group
// that RDS wrote again and the final snapshot are in nobody's way.
func TestNamesComeFromOneThatPulumiMakesAnew(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	if _, given := got.Get(t, "rds.SubnetGroup db").Inputs["name"]; given {
		t.Error("the subnet group has a fixed name")
	}
	for key, inputs := range map[string][]resource.PropertyKey{
		"rds.Instance db":                          {"identifier", "finalSnapshotIdentifier"},
		"cloudwatch.LogGroup db-postgresql":        {"name"},
		"cloudwatch.LogGroup db-upgrade":           {"name"},
		"cloudwatch.LogGroup db-iam-db-auth-error": {"name"},
	} {
		for _, input := range inputs {
			if value := got.Get(t, key).Inputs[input].StringValue(); !strings.Contains(value, "db-1a2b3c4") {
				t.Errorf("%s: %s is %s", key, input, value)
			}
		}
	}
}

func TestNamesThatRDSWouldNotTakeAreRefused(t *testing.T) {
	for _, name := range []string{"", "1db", "DB", "a--b", "db-", strings.Repeat("x", 47)} {
		if database.ValidName(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"d", "a-b-c", strings.Repeat("x", 46)} {
		if err := database.ValidName(name); err != nil {
			t.Error(err)
		}
	}
	got, err := mocktest.Run(t, "test", nil, func(ctx *pulumi.Context) error {
		_, err := database.New(ctx, "a--b", base())
		return err
	})
	if err == nil || len(got.Keys()) > 0 {
		t.Errorf("got %v and %q", err, got.Keys())
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
	got := (&database.Args{Class: "big", StorageGiB: 5, MaxStorageGiB: 5, BackupDays: 99, LogRetentionDays: 2, SnapshotID: "a b"}).Validate()
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
		"database.LogRetentionDays: 2 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]",
		`database.SnapshotID: "a b" is not the identifier or ARN of a snapshot`,
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
