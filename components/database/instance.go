package database

import (
	"crypto/sha256"
	"fmt"

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

func (d *Database) createSubnetGroup(ctx *pulumi.Context) (err error) {
	d.subnetGroup, err = rds.NewSubnetGroup(ctx, d.name, &rds.SubnetGroupArgs{
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
			parameter("rds.force_ssl", "1"),
			parameter("log_min_duration_statement", "500"), // ms
			// A statement that waits longer than this for a lock gives up, so that
			// what queues behind it goes on.
			parameter("lock_timeout", "10000"), // ms
		},
	}, d.child())
	if err != nil {
		return fmt.Errorf("create database parameter group: %w", err)
	}
	return nil
}

// identifier is the instance's name in RDS. It is known before the instance is,
// since the log groups are named after it, and changes with the snapshot: the
// restored instance comes up beside the one that it replaces.
func (d *Database) identifier() string {
	if d.args.SnapshotID == "" {
		return d.name
	}
	return fmt.Sprintf("%s-%x", d.name, sha256.Sum256([]byte(d.args.SnapshotID)))[:len(d.name)+9]
}

func (d *Database) createInstance(ctx *pulumi.Context) (err error) {
	args := d.common(d.identifier())
	args.Engine = pulumi.String("postgres")
	args.EngineVersion = pulumi.String(majorVersion)
	args.AllocatedStorage = pulumi.Int(d.args.StorageGiB)
	args.DbSubnetGroupName = d.subnetGroup.Name
	args.MultiAz = pulumi.Bool(d.args.MultiAZ)
	args.ManageMasterUserPassword = pulumi.Bool(true)
	args.MasterUserSecretKmsKeyId = d.KeyARN
	args.BackupRetentionPeriod = pulumi.Int(d.args.BackupDays)
	args.BackupWindow = pulumi.String(backupWindow)
	args.DeletionProtection = pulumi.Bool(!d.args.Disposable)
	args.SkipFinalSnapshot = pulumi.Bool(d.args.Disposable)
	if !d.args.Disposable {
		args.FinalSnapshotIdentifier = pulumi.String(d.identifier() + "-final")
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
	d.instance, err = rds.NewInstance(ctx, d.name, args, d.child(), pulumi.DependsOn(d.before), pulumi.Protect(!d.args.Disposable))
	if err != nil {
		return fmt.Errorf("create database instance: %w", err)
	}
	d.ID = d.instance.Identifier
	d.Host, d.Endpoint = d.instance.Address, d.instance.Endpoint
	d.SecretARN = d.instance.MasterUserSecrets.Index(pulumi.Int(0)).SecretArn().Elem()
	return nil
}

// createReplicas copies the instance. A replica holds nothing of its own, so it
// is never protected and has neither backups nor a final snapshot.
func (d *Database) createReplicas(ctx *pulumi.Context) error {
	for i := range d.args.Replicas {
		suffix := fmt.Sprintf("-replica-%d", i+1)
		args := d.common(d.identifier() + suffix)
		args.ReplicateSourceDb = d.instance.Identifier
		args.BackupRetentionPeriod = pulumi.Int(0)
		args.SkipFinalSnapshot = pulumi.Bool(true)
		replica, err := rds.NewInstance(ctx, d.name+suffix, args, d.child(), pulumi.DependsOn(d.before))
		if err != nil {
			return fmt.Errorf("create database replica %d: %w", i+1, err)
		}
		d.ReplicaIDs = append(d.ReplicaIDs, replica.Identifier)
	}
	return nil
}

// common is what the instance and its replicas share.
func (d *Database) common(identifier string) *rds.InstanceArgs {
	return &rds.InstanceArgs{
		Identifier:                         pulumi.String(identifier),
		AutoMinorVersionUpgrade:            pulumi.Bool(true),
		ApplyImmediately:                   pulumi.Bool(d.args.Disposable),
		InstanceClass:                      pulumi.String(d.args.Class),
		StorageType:                        pulumi.String("gp3"),
		MaxAllocatedStorage:                pulumi.Int(d.args.MaxStorageGiB),
		StorageEncrypted:                   pulumi.Bool(true),
		PubliclyAccessible:                 pulumi.Bool(false),
		Port:                               pulumi.Int(Port),
		VpcSecurityGroupIds:                pulumi.StringArray{d.securityGroupID},
		ParameterGroupName:                 d.parameters.Name,
		CaCertIdentifier:                   pulumi.String(certificateAuthority),
		IamDatabaseAuthenticationEnabled:   pulumi.Bool(true),
		EnabledCloudwatchLogsExports:       pulumi.ToStringArray(exportedLogs),
		MonitoringInterval:                 pulumi.Int(monitoringSeconds),
		MonitoringRoleArn:                  d.monitoringRole.Arn,
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        d.KeyARN,
		PerformanceInsightsRetentionPeriod: pulumi.Int(insightsDays),
		MaintenanceWindow:                  pulumi.String(maintenanceWindow),
		CopyTagsToSnapshot:                 pulumi.Bool(true),
	}
}

func parameter(name, value string) *rds.ParameterGroupParameterArgs {
	return &rds.ParameterGroupParameterArgs{Name: pulumi.String(name), Value: pulumi.String(value)}
}
