package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Database in Pulumi's state.
const TypeToken = "slipway:database:Database"

const (
	// Port is the one that PostgreSQL listens on.
	Port = 5432
	// majorVersion of PostgreSQL. RDS picks the minor version and upgrades it.
	majorVersion = "17"
	// databaseName is the database that the instance is created with.
	databaseName = "app"
	// masterUser is not one of the names that scanners try first (AWS FSBP RDS.25).
	masterUser = "slipway"
)

// Database is one PostgreSQL instance.
type Database struct {
	pulumi.ResourceState

	// Host is the name to connect to, without the port.
	Host pulumi.StringOutput
	// Name is the database inside the instance.
	Name string
	// Endpoint is host:port.
	Endpoint pulumi.StringOutput
	// SecretARN is the secret that RDS made and rotates: {"username", "password"}.
	SecretARN pulumi.StringOutput
	// KeyARN is the KMS key of the data and of the secret.
	KeyARN pulumi.StringOutput

	name            string
	args            *Args
	key             *kms.Key
	securityGroupID pulumi.StringOutput
}

// New builds a database. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	d := &Database{name: name, args: args.withDefaults(), Name: databaseName}
	if err := ctx.RegisterComponentResource(TypeToken, name, d, opts...); err != nil {
		return nil, fmt.Errorf("register database %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context) error{
		d.createKey,
		d.createSecurityGroup,
		d.createInstance,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{
		"endpoint":  d.Endpoint,
		"secretArn": d.SecretARN,
	})
}

// AllowFrom lets the members of a security group connect. The rules belong to
// the database and are named after who; whatever connects waits for them.
func (d *Database) AllowFrom(ctx *pulumi.Context, who string, securityGroupID pulumi.StringInput) ([]pulumi.Resource, error) {
	name := d.name + "-from-" + who
	inbound, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           d.securityGroupID,
		ReferencedSecurityGroupId: securityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(Port),
		ToPort:                    pulumi.Int(Port),
		Description:               pulumi.Sprintf("PostgreSQL from %s", who),
	}, d.child())
	if err != nil {
		return nil, fmt.Errorf("allow %s into the database: %w", who, err)
	}
	outbound, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-out", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           securityGroupID,
		ReferencedSecurityGroupId: d.securityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(Port),
		ToPort:                    pulumi.Int(Port),
		Description:               pulumi.String("PostgreSQL to the database"),
	}, d.child())
	if err != nil {
		return nil, fmt.Errorf("let %s reach the database: %w", who, err)
	}
	return []pulumi.Resource{inbound, outbound}, nil
}

// ReadSecret is what a client needs to read the master user's credentials.
func (d *Database) ReadSecret() []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "DatabaseCredentials",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: []pulumi.StringInput{d.SecretARN},
		},
		{
			Sid:       "DatabaseKey",
			Actions:   []string{"kms:Decrypt"},
			Resources: []pulumi.StringInput{d.KeyARN},
		},
	}
}

func (d *Database) child() pulumi.ResourceOption { return pulumi.Parent(d) }

func (d *Database) createKey(ctx *pulumi.Context) (err error) {
	d.key, err = kms.NewKey(ctx, d.name, &kms.KeyArgs{
		Description:       pulumi.Sprintf("Data and credentials of %s", d.name),
		EnableKeyRotation: pulumi.Bool(true),
	}, d.child(), pulumi.Protect(!d.args.Disposable))
	if err != nil {
		return fmt.Errorf("create database key: %w", err)
	}
	d.KeyARN = d.key.Arn
	return nil
}

func (d *Database) createSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, d.name, &ec2.SecurityGroupArgs{
		VpcId:       d.args.VPCID,
		Description: pulumi.String("PostgreSQL: admits only the groups named in its rules"),
	}, d.child())
	if err != nil {
		return fmt.Errorf("create database security group: %w", err)
	}
	d.securityGroupID = group.ID().ToStringOutput()
	return nil
}

func (d *Database) createInstance(ctx *pulumi.Context) error {
	subnets, err := rds.NewSubnetGroup(ctx, d.name, &rds.SubnetGroupArgs{
		SubnetIds:   d.args.SubnetIDs,
		Description: pulumi.String("Isolated subnets"),
	}, d.child())
	if err != nil {
		return fmt.Errorf("create database subnet group: %w", err)
	}
	// Named by the major version: an upgrade needs the next version's group
	// beside this one.
	parameters, err := rds.NewParameterGroup(ctx, d.name+"-postgres"+majorVersion, &rds.ParameterGroupArgs{
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
	instance := &rds.InstanceArgs{
		Engine:                   pulumi.String("postgres"),
		EngineVersion:            pulumi.String(majorVersion),
		AutoMinorVersionUpgrade:  pulumi.Bool(true),
		InstanceClass:            pulumi.String(d.args.Class),
		StorageType:              pulumi.String("gp3"),
		AllocatedStorage:         pulumi.Int(d.args.StorageGiB),
		MaxAllocatedStorage:      pulumi.Int(d.args.MaxStorageGiB),
		StorageEncrypted:         pulumi.Bool(true),
		KmsKeyId:                 d.KeyARN,
		DbName:                   pulumi.String(databaseName),
		Username:                 pulumi.String(masterUser),
		ManageMasterUserPassword: pulumi.Bool(true),
		MasterUserSecretKmsKeyId: d.KeyARN,
		MultiAz:                  pulumi.Bool(d.args.MultiAZ),
		PubliclyAccessible:       pulumi.Bool(false),
		Port:                     pulumi.Int(Port),
		DbSubnetGroupName:        subnets.Name,
		VpcSecurityGroupIds:      pulumi.StringArray{d.securityGroupID},
		ParameterGroupName:       parameters.Name,
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
		CaCertIdentifier:                 pulumi.String("rds-ca-rsa2048-g1"),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),
		EnabledCloudwatchLogsExports:     pulumi.ToStringArray([]string{"postgresql", "upgrade"}),
		// Seven days of insights are free.
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        d.KeyARN,
		PerformanceInsightsRetentionPeriod: pulumi.Int(7),
		BackupRetentionPeriod:              pulumi.Int(d.args.BackupDays),
		CopyTagsToSnapshot:                 pulumi.Bool(true),
		DeletionProtection:                 pulumi.Bool(!d.args.Disposable),
		SkipFinalSnapshot:                  pulumi.Bool(d.args.Disposable),
	}
	if !d.args.Disposable {
		instance.FinalSnapshotIdentifier = pulumi.String(d.name + "-final")
	}
	created, err := rds.NewInstance(ctx, d.name, instance, d.child(), pulumi.Protect(!d.args.Disposable))
	if err != nil {
		return fmt.Errorf("create database instance: %w", err)
	}
	d.Host, d.Endpoint = created.Address, created.Endpoint
	d.SecretARN = created.MasterUserSecrets.Index(pulumi.Int(0)).SecretArn().Elem()
	return nil
}

func parameter(name, value string) *rds.ParameterGroupParameterArgs {
	return &rds.ParameterGroupParameterArgs{Name: pulumi.String(name), Value: pulumi.String(value)}
}
