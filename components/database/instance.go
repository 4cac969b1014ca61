package database

import (
	"crypto/sha256"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// majorVersion of PostgreSQL. RDS picks the minor version and upgrades it.
	majorVersion = "17"
	// masterUser is not one of the names that scanners try first (AWS FSBP RDS.25).
	masterUser = "slipway"
	// certificateAuthority signs the instance's certificate, until 2061:
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
	certificateAuthority = "rds-ca-rsa2048-g1"
	// insightsDays of Performance Insights are free.
	insightsDays = 7
	// The windows are in UTC, backups before maintenance.
	backupWindow, maintenanceWindow = "03:00-03:30", "sun:04:00-sun:04:30"
)

// createSubnetGroup also names the instance, see identifier: a restored one gets
// a group of its own.
func (d *Database) createSubnetGroup(ctx *pulumi.Context) (err error) {
	d.subnetGroup, err = rds.NewSubnetGroup(ctx, d.generation(), &rds.SubnetGroupArgs{
		SubnetIds:   d.args.SubnetIDs,
		Description: pulumi.String("Isolated subnets"),
	}, d.child())
	if err != nil {
		return fmt.Errorf("create database subnet group: %w", err)
	}
	return nil
}

// createParameterGroup names the group by the major version: an upgrade needs
// the next version's group beside this one.
func (d *Database) createParameterGroup(ctx *pulumi.Context) (err error) {
	d.parameters, err = rds.NewParameterGroup(ctx, d.name+"-postgres"+majorVersion, &rds.ParameterGroupArgs{
		Family:      pulumi.String("postgres" + majorVersion),
		Description: pulumi.String("TLS only, slow queries logged, bounded waits for locks"),
		Parameters: rds.ParameterGroupParameterArray{
			// It has RDS's own value, with which RDS answers this method whatever was
			// asked for: https://github.com/hashicorp/terraform-provider-aws/issues/39252
			parameter("rds.force_ssl", "1", atReboot),
			parameter("log_min_duration_statement", "500", atOnce), // ms
			// A statement that waits longer than this for a lock gives up, so that
			// what queues behind it goes on.
			parameter("lock_timeout", "10000", atOnce), // ms
		},
	}, d.child())
	if err != nil {
		return fmt.Errorf("create database parameter group: %w", err)
	}
	d.ParameterGroup = d.parameters.Name
	return nil
}

// identifier is the instance's name in RDS, and with it that of its log groups
// and of its final snapshot. RDS may write to a log group that has just been
// deleted, which makes it anew, and final snapshots stay: neither may be in the
// way of the next instance. So it is a name that Pulumi ends in random digits and
// that is known before the instance is: the subnet group's.
// https://github.com/hashicorp/terraform-provider-aws/issues/42858
func (d *Database) identifier() pulumi.StringOutput { return d.subnetGroup.Name }

// generation is the name, in Pulumi, of what comes and goes with the instance. It
// changes with the snapshot: the restored instance comes up beside the one that it
// replaces.
func (d *Database) generation() string {
	if d.args.SnapshotID == "" {
		return d.name
	}
	return fmt.Sprintf("%s-%x", d.name, sha256.Sum256([]byte(d.args.SnapshotID)))[:len(d.name)+9]
}

// ValidName says why RDS would not take the name of a database: an identifier has
// 63 characters, of which a restored instance adds 9 and Pulumi 8.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
func ValidName(name string) error {
	const most = 63 - 9 - 8
	if len(name) > most || !namePattern.MatchString(name) {
		return fmt.Errorf("%q must be 1 to %d lower-case letters, digits and single hyphens, begin with a letter and not end with a hyphen", name, most)
	}
	return nil
}

var namePattern = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)

func (d *Database) createInstance(ctx *pulumi.Context) (err error) {
	args := &rds.InstanceArgs{
		Identifier:              d.identifier(),
		Engine:                  pulumi.String("postgres"),
		EngineVersion:           pulumi.String(majorVersion),
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		// In the maintenance window, what was changed would differ from what is there
		// until then: in each preview, and in the next deploy.
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html
		ApplyImmediately:                   pulumi.Bool(true),
		InstanceClass:                      pulumi.String(d.args.Class),
		StorageType:                        pulumi.String("gp3"),
		AllocatedStorage:                   pulumi.Int(d.args.StorageGiB),
		MaxAllocatedStorage:                pulumi.Int(d.args.MaxStorageGiB),
		StorageEncrypted:                   pulumi.Bool(true),
		PubliclyAccessible:                 pulumi.Bool(false),
		Port:                               pulumi.Int(Port),
		DbSubnetGroupName:                  d.subnetGroup.Name,
		VpcSecurityGroupIds:                pulumi.StringArray{d.securityGroupID},
		MultiAz:                            pulumi.Bool(d.args.MultiAZ),
		ParameterGroupName:                 d.parameters.Name,
		CaCertIdentifier:                   pulumi.String(certificateAuthority),
		ManageMasterUserPassword:           pulumi.Bool(true),
		MasterUserSecretKmsKeyId:           d.KeyARN,
		IamDatabaseAuthenticationEnabled:   pulumi.Bool(true),
		EnabledCloudwatchLogsExports:       pulumi.ToStringArray(exportedLogs),
		MonitoringInterval:                 pulumi.Int(monitoringSeconds),
		MonitoringRoleArn:                  d.monitoringRole.Arn,
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        d.KeyARN,
		PerformanceInsightsRetentionPeriod: pulumi.Int(insightsDays),
		BackupRetentionPeriod:              pulumi.Int(d.args.BackupDays),
		BackupWindow:                       pulumi.String(backupWindow),
		MaintenanceWindow:                  pulumi.String(maintenanceWindow),
		CopyTagsToSnapshot:                 pulumi.Bool(true),
		DeletionProtection:                 pulumi.Bool(!d.args.Disposable),
		SkipFinalSnapshot:                  pulumi.Bool(d.args.WithoutFinalSnapshot),
	}
	if !d.args.WithoutFinalSnapshot {
		args.FinalSnapshotIdentifier = pulumi.Sprintf("%s-final", d.identifier())
	}
	if d.args.SnapshotID == "" {
		args.DbName = pulumi.String(databaseName)
		args.Username = pulumi.String(masterUser)
		args.KmsKeyId = d.KeyARN
	} else {
		// A restored instance has the snapshot's names and key; RDS takes no others.
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
		args.SnapshotIdentifier = pulumi.String(d.args.SnapshotID)
	}
	d.instance, err = rds.NewInstance(ctx, d.name, args, d.child(), pulumi.DependsOn(d.before), pulumi.Protect(!d.args.Disposable),
		// To the provider a snapshot that is no longer named is no change: it would
		// rename the instance and ask for another subnet group, which RDS refuses.
		pulumi.ReplaceOnChanges([]string{"identifier"}))
	if err != nil {
		return fmt.Errorf("create database instance: %w", err)
	}
	d.ID = d.instance.Identifier
	d.Host, d.Endpoint = d.instance.Address, d.instance.Endpoint
	d.SecretARN = d.instance.MasterUserSecrets.Index(pulumi.Int(0)).SecretArn().Elem()
	return nil
}

// How RDS applies a parameter. PostgreSQL reads all of those here again without a
// restart, so that "atReboot" delays nothing.
const atOnce, atReboot = "immediate", "pending-reboot"

func parameter(name, value, method string) *rds.ParameterGroupParameterArgs {
	return &rds.ParameterGroupParameterArgs{Name: pulumi.String(name), Value: pulumi.String(value), ApplyMethod: pulumi.String(method)}
}
