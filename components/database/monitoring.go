package database

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/policy"
)

// monitoringSeconds between two looks at the operating system: a minute is the
// cheapest, since every look is a line in CloudWatch Logs.
const monitoringSeconds = 60

// exportedLogs are the logs that RDS copies to CloudWatch: the last one says why
// somebody's IAM token was refused, which PostgreSQL's own does not.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html
var exportedLogs = []string{"postgresql", "upgrade", "iam-db-auth-error"}

// createLogGroups comes before the instance: RDS would create the groups
// without a key and keep them for ever.
func (d *Database) createLogGroups(ctx *pulumi.Context) error {
	for _, log := range exportedLogs {
		group, err := logs.NewGroup(ctx, d.generation()+"-"+log, logs.Args{
			Name:          pulumi.Sprintf("/aws/rds/instance/%s/%s", d.identifier(), log),
			RetentionDays: d.args.LogRetentionDays,
			KeyARN:        d.KeyARN,
		}, d.child())
		if err != nil {
			return err
		}
		if log == exportedLogs[0] {
			d.LogGroup = group.Name
		}
		d.before = append(d.before, group)
	}
	return nil
}

// createMonitoringRole lets RDS write what it sees of the operating system: the
// rights of the managed policy AmazonRDSEnhancedMonitoringRole, in this account
// and region only.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
func (d *Database) createMonitoringRole(ctx *pulumi.Context) error {
	account, err := policy.LookupAccount(ctx, pulumi.Parent(d))
	if err != nil {
		return err
	}
	// RDS says for which instance it takes the role. The instance's name is made of
	// this one, also that of a restored one beside the one that it replaces.
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.confused-deputy
	trust := policy.Trust{
		Service: "monitoring.rds.amazonaws.com",
		Account: account,
		Source:  account.ARN("rds", "db:"+d.name+"-*"),
	}
	role, policies, err := policy.NewRole(ctx, d.name+"-monitoring", trust, []policy.Statement{
		{
			Sid:       "CreateLogGroup",
			Actions:   []string{"logs:CreateLogGroup", "logs:PutRetentionPolicy"},
			Resources: []pulumi.StringInput{account.ARN("logs", "log-group:RDS*")},
		},
		{
			Sid:       "WriteLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{account.ARN("logs", "log-group:RDS*:log-stream:*")},
		},
	}, d.child())
	if err != nil {
		return err
	}
	d.monitoringRole = role
	d.before = append(d.before, policies...)
	return nil
}
