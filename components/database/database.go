package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/policy"
)

// TypeToken is the type of a Database in Pulumi's state.
const TypeToken = "slipway:database:Database"

const (
	// Port is the one that PostgreSQL listens on.
	Port = 5432
	// databaseName is the database that the instance is created with.
	databaseName = "app"
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
	// KeyARN is the KMS key of the data, the secret and the log.
	KeyARN pulumi.StringOutput
	// ID is the identifier of the instance.
	ID pulumi.StringOutput
	// ParameterGroup is the name of the instance's parameter group.
	ParameterGroup pulumi.StringOutput
	// LogGroup is the name of the log group with PostgreSQL's log.
	LogGroup pulumi.StringOutput

	name            string
	args            *Args
	securityGroupID pulumi.StringOutput
	subnetGroup     *rds.SubnetGroup
	parameters      *rds.ParameterGroup
	monitoringRole  *iam.Role
	instance        *rds.Instance
	// before holds what an instance needs that its arguments do not name.
	before []pulumi.Resource
}

// New builds a database. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	if err := ValidName(name); err != nil {
		return nil, fmt.Errorf("database: name %w", err)
	}
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
		d.createSubnetGroup,
		d.createParameterGroup,
		d.createLogGroups,
		d.createMonitoringRole,
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

func (d *Database) createKey(ctx *pulumi.Context) error {
	created, err := key.New(ctx, d.name, &key.Args{
		Description: "Data, credentials and log of " + d.name,
		Services:    []key.Service{key.Logs},
		Scope:       d.args.KeyScope,
		Disposable:  d.args.Disposable,
		// A snapshot can be read with the key of its instance only.
		Outlives: !d.args.WithoutFinalSnapshot,
	}, d.child())
	if err != nil {
		return err
	}
	d.KeyARN = created.ARN
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
