package infra

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/secret"
	"gitlab.com/slipway/slipway/components/service"
)

const (
	// appContext is the directory of the app's image, beside Pulumi.yaml.
	appContext = "django-app"
	// apiDocsPath is the app's page of API documentation.
	apiDocsPath = "/api/docs/"
	// uploadPath is where the app takes images.
	uploadPath = `^/api/v1/recipes/[0-9]+/image/$`
	// workerName is the name of the app's background worker.
	workerName = "jobs"
	// The app publishes how many jobs wait for the workers.
	backlogMetric = "TasksWaiting"
	// mediaPrefix is where the app keeps its uploads in the media bucket.
	mediaPrefix = "media/"
	// signatureHours is for how long the app accepts what it signed with its key:
	// its sessions live that long (SESSION_COOKIE_AGE). An app that also sends links
	// to reset a password needs PASSWORD_RESET_TIMEOUT, three days by default.
	signatureHours = 12
)

// appArgs is the contract with the app in django-app/: what it is told, what it
// may do, how it is migrated and checked.
func (e *environment) appArgs(account *policy.Account) *service.Args {
	return &service.Args{
		VPCID:                       e.place.VPCID,
		SubnetIDs:                   e.place.PrivateSubnetIDs,
		TargetGroupARN:              e.edge.TargetGroupARN,
		LoadBalancerSecurityGroupID: e.edge.SecurityGroupID,
		LoadBalancerARN:             e.edge.LoadBalancerARN,
		Source:                      e.source(),
		Found:                       e.image,
		CPU:                         e.config.TaskCPU,
		MemoryMiB:                   e.config.TaskMemoryMiB,
		MinTasks:                    e.config.MinTasks,
		MaxTasks:                    e.config.MaxTasks,
		Spot:                        e.config.spot(),
		OnDemandTasks:               e.config.baseTasks(),
		SpotOnly:                    e.config.OnDemandTasks == 0,
		WithoutInsights:             !e.config.Insights,
		Migrate:                     manage("migrate_locked"),
		HealthCheck:                 []string{"python", "-m", "config.healthcheck"},
		Workers:                     e.appWorkers(),
		Schedules: map[string]*service.Schedule{
			"prune": {Expression: "cron(30 3 * * ? *)", Command: manage("prune")},
		},
		Exec:             true,
		LogGroup:         "/" + e.config.Project + "/" + e.config.Stack + "/app",
		LogRetentionDays: e.config.LogRetentionDays,
		KeyARN:           e.key.ARN,
		Peers:            []service.Peer{e.database},
		Permissions:      e.appPermissions(account),
		Secrets:          map[string]pulumi.StringInput{"DJANGO_SECRET_KEY": e.secretKey.ARN},
		SecretLabels: map[string]service.Label{
			"DJANGO_SECRET_KEY_NEXT": {Secret: "DJANGO_SECRET_KEY", Name: secret.Next},
			"DJANGO_SECRET_KEY_LAST": {Secret: "DJANGO_SECRET_KEY", Name: secret.Last},
		},
		Environment: e.appEnvironment(),
	}
}

// guestSuffix makes the name of the repository for environments in another's
// network. Every branch may deploy those: no other runs what they pushed.
const guestSuffix = "-guest"

// source is where the app's image comes from.
func (e *environment) source() service.Source {
	repository := e.config.Project
	if e.config.SharedNetwork != "" {
		repository += guestSuffix
	}
	return service.Source{
		Context:           appContext,
		Repository:        repository,
		RepositoryAccount: e.config.ImageAccount,
		Architecture:      e.config.Architecture,
	}
}

func (e *environment) appEnvironment() map[string]pulumi.StringInput {
	variables := map[string]pulumi.StringInput{
		"APP_ENVIRONMENT":      pulumi.String(e.config.Stack),
		"DB_HOST":              e.database.Host,
		"DB_PORT":              pulumi.String(strconv.Itoa(database.Port)),
		"DB_NAME":              pulumi.String(e.database.Name),
		"DB_SECRET_ARN":        e.database.SecretARN,
		"DB_SSLMODE":           pulumi.String("require"),
		"DJANGO_ALLOWED_HOSTS": e.edge.Host,
		"DJANGO_SECURE":        pulumi.String(strconv.FormatBool(e.edge.TLS)),
		"MEDIA_BUCKET":         e.media.Bucket,
		// One app of the account does not raise the alarms of another.
		"METRICS_NAMESPACE": pulumi.String(e.config.Project),
	}
	if e.config.HSTS != HSTSHost {
		variables["HSTS_SUBDOMAINS"] = pulumi.String("true")
		variables["HSTS_PRELOAD"] = pulumi.String(strconv.FormatBool(e.config.HSTS == HSTSPreload))
	}
	if e.cdn != nil {
		variables["MEDIA_BASE_URL"] = e.cdn.URL
	}
	return variables
}

func (e *environment) appWorkers() map[string]*service.Worker {
	if e.config.WorkerTasks == 0 {
		return nil
	}
	return map[string]*service.Worker{workerName: {
		Command:     manage("worker"),
		HealthCheck: []string{"python", "-m", "config.workercheck"},
		MinTasks:    e.config.WorkerTasks,
		Spot:        e.config.spot(),
	}}
}

func (e *environment) appPermissions(account *policy.Account) []policy.Statement {
	statements := append(e.media.ReadWrite(mediaPrefix), e.database.ReadSecret()...)
	return append(statements, e.key.Encrypt(), policy.Statement{
		// `slipway createsuperuser` makes it for a minute, under the key of Secrets
		// Manager itself, which asks for no further right.
		Sid:       "FirstAdministrator",
		Actions:   []string{"secretsmanager:GetSecretValue"},
		Resources: []pulumi.StringInput{account.ARN("secretsmanager", "secret:"+e.superuserSecret()+"-*")},
	})
}

// superuserSecret begins the names of the secrets that hand a password to the app.
func (e *environment) superuserSecret() string { return e.name("superuser") }

// manage is a command of Django's.
func manage(command string) []string { return []string{"python", "manage.py", command} }
