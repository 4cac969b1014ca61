package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/adminhost"
	"gitlab.com/slipway/slipway/components/cdn"
	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/components/firewall"
	"gitlab.com/slipway/slipway/components/key"
	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/observability"
	"gitlab.com/slipway/slipway/components/policy"
	"gitlab.com/slipway/slipway/components/release"
	"gitlab.com/slipway/slipway/components/secret"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/components/storage"
)

// Deploy is the whole program: one environment.
func Deploy(ctx *pulumi.Context) error {
	config, err := LoadConfig(ctx)
	if err != nil {
		return err
	}
	if ctx.DryRun() {
		if err := ctx.Log.Info(config.String(), nil); err != nil {
			return fmt.Errorf("print configuration: %w", err)
		}
	}
	if config.AWS.Own() {
		ctx = release.With(ctx, &release.AWS{Settings: config.AWS})
	}
	stack := &environment{config: config, tunables: config.tunables(), tags: config.tags()}
	if err := tagEverything(ctx, stack.tags, commit()); err != nil {
		return fmt.Errorf("tag resources: %w", err)
	}
	account, err := policy.LookupAccount(ctx)
	if err != nil {
		return err
	}
	if err := placeRoles(ctx, config, account); err != nil {
		return err
	}
	stack.keyScope = config.keyScope(account)
	for _, step := range []func(*pulumi.Context) error{
		stack.findImage,
		stack.readOutputs,
		stack.findNetwork,
		stack.refuseMoves,
		stack.createKey,
		stack.createNetwork,
		stack.createDatabase,
		stack.createLogs,
		stack.createMedia,
		stack.createSecretKey,
		stack.createEdge,
		stack.createFirewall,
		stack.createCDN,
		stack.createAdminHost,
		stack.createService,
		stack.createObservability,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	stack.export(ctx)
	return nil
}

// environment is what the steps fill in, in their order.
type environment struct {
	config   *Config
	tunables tunables
	tags     map[string]string
	// before are this stack's own outputs, of the update before.
	before map[string]string

	keyScope      *key.Scope
	region        string
	zones         []string
	standing      *network.Standing
	key           *key.Key
	place         *network.Place
	network       *network.Network // nil in a shared network
	database      *database.Database
	logs          *storage.Storage
	media         *storage.Storage
	secretKey     *secret.Secret
	edge          *edge.Edge
	firewall      *firewall.Firewall
	cdn           *cdn.CDN
	image         *service.Image
	service       *service.Service
	adminHost     *adminhost.Host
	observability *observability.Observability
}

// networkName is the network's role, by which other stacks find it. edgeName has
// the least room in AWS's names.
const networkName, edgeName, appName = "network", "edge", "app"

// name is the name of one of the environment's components. AWS's names are made
// of it.
func (e *environment) name(role string) string { return e.config.prefix(e.config.Stack) + role }

// createKey builds the key of everything but the database, which has its own.
func (e *environment) createKey(ctx *pulumi.Context) (err error) {
	e.key, err = key.New(ctx, e.name("key"), &key.Args{
		Description: "Logs, media, secrets, sessions and alarms of " + e.config.Project + " " + e.config.Stack,
		Services:    []key.Service{key.Logs, key.Alerts, key.CloudFront},
		Scope:       e.keyScope,
		Disposable:  e.tunables.disposable,
	})
	return err
}

// findImage refuses what could not run, before anything is created.
func (e *environment) findImage(ctx *pulumi.Context) (err error) {
	source := e.source()
	e.image, err = source.Find(ctx)
	if err != nil && e.config.ImageAccount != "" {
		return fmt.Errorf("%s:imageAccount: %w", e.config.Project, err)
	}
	return err
}

// findZones looks the zones up, in whatever state they are: one that AWS marks as
// impaired still has its subnets.
func (e *environment) findZones(ctx *pulumi.Context) error {
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return fmt.Errorf("look up the region: %w", err)
	}
	e.region = region.Name
	there, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		// Local zones offer neither load balancers nor RDS.
		Filters: []aws.GetAvailabilityZonesFilter{{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}},
	})
	if err != nil {
		return fmt.Errorf("list availability zones: %w", err)
	}
	for _, letter := range e.config.Zones {
		zone := e.region + letter
		if !slices.Contains(there.Names, zone) {
			return fmt.Errorf("%s:zones: %q is no zone of %s, which has %s", e.config.Project, letter, e.region,
				strings.ReplaceAll(strings.Join(there.Names, ", "), e.region, ""))
		}
		e.zones = append(e.zones, zone)
	}
	return nil
}

func (e *environment) createNetwork(ctx *pulumi.Context) (err error) {
	if e.place != nil {
		return nil // shared
	}
	e.network, err = network.New(ctx, e.name(networkName), &network.Args{
		CIDR:               e.config.VPCCIDR,
		Zones:              e.zones,
		NAT:                e.config.NAT,
		InterfaceEndpoints: e.config.InterfaceEndpoints,
		FlowLogDays:        e.config.LogRetentionDays,
		KeyARN:             e.key.ARN,
	})
	if err != nil {
		return err
	}
	e.place = &e.network.Place
	return nil
}

func (e *environment) createDatabase(ctx *pulumi.Context) (err error) {
	e.database, err = database.New(ctx, e.name("database"), &database.Args{
		VPCID:            e.place.VPCID,
		SubnetIDs:        e.place.IsolatedSubnetIDs,
		Class:            e.config.DatabaseClass,
		StorageGiB:       e.config.DatabaseStorageGiB,
		MultiAZ:          e.config.DatabaseMultiAZ,
		BackupDays:       e.config.DatabaseBackupDays,
		SnapshotID:       e.config.DatabaseSnapshot,
		LogRetentionDays: e.config.LogRetentionDays,
		Disposable:       e.tunables.disposable,
		KeyScope:         e.keyScope,

		WithoutFinalSnapshot: !e.config.DatabaseFinalSnapshot,
	})
	return err
}

// createLogs builds the bucket that the load balancer and S3 write their access
// logs to.
func (e *environment) createLogs(ctx *pulumi.Context) (err error) {
	e.logs, err = storage.New(ctx, e.name("logs"), &storage.Args{
		Receives:       []storage.Delivery{storage.LoadBalancerLogs, storage.AccessLogs},
		ExpireDays:     e.tunables.accessLogDays,
		OldVersionDays: 1,
		Disposable:     e.tunables.disposable,
	})
	return err
}

func (e *environment) createMedia(ctx *pulumi.Context) (err error) {
	args := &storage.Args{
		KeyARN:         e.key.ARN,
		OldVersionDays: e.tunables.mediaVersionDays,
		CORSOrigins:    e.config.MediaCORSOrigins,
		AccessLogs:     e.logs,
		Disposable:     e.tunables.disposable,
	}
	if e.config.CDN {
		args.CloudFrontPrefix = mediaPrefix
	}
	e.media, err = storage.New(ctx, e.name("media"), args)
	return err
}

// createSecretKey takes over the key that a stack of an earlier release, which does
// not say yet where the key is, has in its state.
func (e *environment) createSecretKey(ctx *pulumi.Context) error {
	account, err := policy.LookupAccount(ctx)
	if err != nil {
		return err
	}
	e.secretKey, err = secret.New(ctx, e.name("secret-key"), &secret.Args{
		Description: "Django's SECRET_KEY",
		KeyARN:      e.key.ARN,
		// The environment's own roles, of which ECS takes one to start the app's tasks.
		Readers:    []string{string(account.GlobalARN("iam", "role"+e.config.rolesPath()+"*"))},
		Kept:       e.before["url"] != "" && e.before[secretKeyOutput] == "",
		Disposable: e.tunables.disposable,
	})
	return err
}

func (e *environment) createEdge(ctx *pulumi.Context) (err error) {
	args := &edge.Args{
		VPCID:            e.place.VPCID,
		SubnetIDs:        e.place.PublicSubnetIDs,
		Domain:           e.config.Domain,
		Redirects:        e.config.RedirectDomains,
		AccessLogsBucket: e.logs.Bucket,
		Disposable:       e.tunables.disposable,
	}
	if e.config.Domain != "" {
		private := false
		zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: &e.config.HostedZone, PrivateZone: &private})
		if err != nil {
			return fmt.Errorf("%s:hostedZone: no public Route 53 zone %s: create it, or leave domain and hostedZone empty: %w", e.config.Project, e.config.HostedZone, err)
		}
		args.ZoneID = pulumi.String(zone.ZoneId)
	}
	e.edge, err = edge.New(ctx, e.name(edgeName), args)
	return err
}

func (e *environment) createFirewall(ctx *pulumi.Context) (err error) {
	if !e.config.Firewall {
		return nil
	}
	e.firewall, err = firewall.New(ctx, e.name("firewall"), &firewall.Args{
		LoadBalancerARN:     e.edge.LoadBalancerARN,
		RequestsPer5Minutes: e.tunables.requestsPer5Minutes,
		UploadPaths:         []string{uploadPath},
		// Django's ORM binds every parameter, and recipes are free text.
		WithoutSQLRules:  true,
		LogRetentionDays: e.config.LogRetentionDays,
		KeyARN:           e.key.ARN,
	})
	return err
}

func (e *environment) createCDN(ctx *pulumi.Context) (err error) {
	if !e.config.CDN {
		return nil
	}
	e.cdn, err = cdn.New(ctx, e.name("cdn"), &cdn.Args{
		BucketDomainName: e.media.DomainName,
		StaticHost:       e.edge.Host,
		StaticTLS:        e.edge.TLS,
		Disposable:       e.tunables.disposable,
	})
	return err
}

// createAdminHost builds the host that people reach the database from. It is
// the private subnets' way out as well when the configuration says so.
func (e *environment) createAdminHost(ctx *pulumi.Context) (err error) {
	isNAT := e.config.NAT == network.NATInstance
	if !e.config.AdminHost && !isNAT {
		return nil
	}
	args := &adminhost.Args{
		VPCID:            e.place.VPCID,
		Peers:            []adminhost.Peer{e.database},
		Permissions:      e.database.ReadSecret(),
		LogRetentionDays: e.config.LogRetentionDays,
		KeyARN:           e.key.ARN,
		Tags:             e.tags,
	}
	if isNAT {
		args.NAT = &adminhost.NAT{
			CIDR:     e.config.VPCCIDR,
			SubnetID: e.place.PublicSubnetIDs[0],
			Zone:     e.zones[0],
		}
	} else {
		args.SubnetIDs = e.place.PrivateSubnetIDs
	}
	// Without NAT it needs the network's way out to install its packages.
	e.adminHost, err = adminhost.New(ctx, e.name("admin"), args, pulumi.DependsOn(e.network.WayOut()))
	if err != nil || !isNAT {
		return err
	}
	return e.network.RouteThrough(ctx, e.adminHost.InterfaceID, e.adminHost.Group())
}

// createService waits for the way out: a task without one could not pull its image.
func (e *environment) createService(ctx *pulumi.Context) (err error) {
	var options []pulumi.ResourceOption
	if e.network != nil {
		options = append(options, pulumi.DependsOn(e.network.WayOut()))
	}
	account, err := policy.LookupAccount(ctx)
	if err != nil {
		return err
	}
	e.service, err = service.New(ctx, e.name(appName), e.appArgs(account), options...)
	return err
}

func (e *environment) createObservability(ctx *pulumi.Context) (err error) {
	args := &observability.Args{
		KeyARN:             e.key.ARN,
		Emails:             e.config.AlarmEmails,
		LoadBalancer:       e.edge.LoadBalancerARNSuffix,
		TargetGroup:        e.edge.TargetGroupARNSuffix,
		ClusterName:        e.service.ClusterName,
		ServiceName:        e.service.ServiceName,
		MinTasks:           e.config.MinTasks,
		WorkerServices:     e.service.WorkerServices,
		DatabaseID:         e.database.ID,
		DatabaseClass:      e.config.DatabaseClass,
		DatabaseStorageGiB: e.config.DatabaseStorageGiB,
		DatabaseLogGroup:   e.database.LogGroup,
		LogGroup:           e.service.LogGroup,
		MonthlyBudgetUSD:   e.config.MonthlyBudgetUSD,
	}
	if e.edge.TLS {
		args.CertificateARN = e.edge.CertificateARN
	}
	if e.config.WorkerTasks > 0 {
		args.Backlog = &observability.Metric{
			Namespace:  e.config.Project,
			Name:       backlogMetric,
			Dimensions: map[string]pulumi.StringInput{"Environment": pulumi.String(e.config.Stack)},
		}
	}
	// Alarms come after what they watch, or the first deploy sets them off.
	e.observability, err = observability.New(ctx, e.name("alarms"), args, pulumi.DependsOnInputs(e.service.Released))
	return err
}
