package infra

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/service"
)

// apiDocsPath is the app's page of API documentation.
const apiDocsPath = "/api/docs/"

// appArgs is the contract with the app in django-app/: what it is told, what it
// may do, how it is migrated and checked.
func (e *environment) appArgs() *service.Args {
	return &service.Args{
		VPCID:                       e.network.VPCID,
		SubnetIDs:                   e.network.PrivateSubnetIDs,
		TargetGroupARN:              e.edge.TargetGroupARN,
		LoadBalancerSecurityGroupID: e.edge.SecurityGroupID,
		Context:                     appContext,
		Architecture:                e.config.Architecture,
		CPU:                         e.config.TaskCPU,
		MemoryMiB:                   e.config.TaskMemoryMiB,
		MinTasks:                    e.config.MinTasks,
		MaxTasks:                    e.config.MaxTasks,
		Migrate:                     []string{"python", "manage.py", "migrate_locked"},
		HealthCheck:                 []string{"python", "-m", "config.healthcheck"},
		LogGroup:                    "/slipway/" + e.config.Stack + "/app",
		LogRetentionDays:            e.config.LogRetentionDays,
		Disposable:                  !e.config.Protect,
		Peers:                       []service.Peer{e.database},
		Permissions:                 e.appPermissions(),
		Secrets:                     map[string]pulumi.StringInput{"DJANGO_SECRET_KEY": e.secretKey.ARN},
		Environment: map[string]pulumi.StringInput{
			"APP_ENVIRONMENT":      pulumi.String(e.config.Stack),
			"DB_HOST":              e.database.Host,
			"DB_PORT":              pulumi.String(strconv.Itoa(database.Port)),
			"DB_NAME":              pulumi.String(e.database.Name),
			"DB_SECRET_ARN":        e.database.SecretARN,
			"DB_SSLMODE":           pulumi.String("require"),
			"DJANGO_ALLOWED_HOSTS": e.edge.Host,
			"DJANGO_SECURE":        pulumi.String(strconv.FormatBool(e.edge.TLS)),
			"MEDIA_BUCKET":         e.storage.Bucket,
		},
	}
}

func (e *environment) appPermissions() []policy.Statement {
	return append(e.storage.ReadWrite(mediaPrefix), e.database.ReadSecret()...)
}
