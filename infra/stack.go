// Package infra reads a stack's configuration into one typed struct and wires
// the components to an environment. It creates no AWS resource itself.
package infra

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/secret"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/components/storage"
)

// appContext is the directory of the app's image, beside Pulumi.yaml.
const appContext = "django-app"

// mediaPrefix is where the app keeps its uploads in the media bucket.
const mediaPrefix = "media/"

// Deploy is the whole program: one environment.
func Deploy(ctx *pulumi.Context) error {
	config, err := LoadConfig(ctx)
	if err != nil {
		return err
	}
	stack := &environment{config: config}
	for _, step := range []func(*pulumi.Context) error{
		stack.createNetwork,
		stack.createDatabase,
		stack.createStorage,
		stack.createSecretKey,
		stack.createEdge,
		stack.createService,
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
	config    *Config
	network   *network.Network
	database  *database.Database
	storage   *storage.Storage
	secretKey *secret.Secret
	edge      *edge.Edge
	service   *service.Service
}

// name is the name of one of the environment's components.
func (e *environment) name(role string) string { return e.config.Stack + "-" + role }

func (e *environment) createNetwork(ctx *pulumi.Context) error {
	zones, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State: pulumi.StringRef("available"),
		// Local zones offer neither load balancers nor RDS.
		Filters: []aws.GetAvailabilityZonesFilter{{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}},
	})
	if err != nil {
		return fmt.Errorf("list availability zones: %w", err)
	}
	if len(zones.Names) < e.config.Zones {
		return fmt.Errorf("%s:zones: the region has %d zones (%s), %d are asked for", ctx.Project(), len(zones.Names), strings.Join(zones.Names, ", "), e.config.Zones)
	}
	e.network, err = network.New(ctx, e.name("network"), &network.Args{
		CIDR:        e.config.VPCCIDR,
		Zones:       zones.Names[:e.config.Zones],
		NAT:         e.config.NAT,
		FlowLogDays: e.config.LogRetentionDays,
	})
	return err
}

func (e *environment) createDatabase(ctx *pulumi.Context) (err error) {
	e.database, err = database.New(ctx, e.name("database"), &database.Args{
		VPCID:      e.network.VPCID,
		SubnetIDs:  e.network.IsolatedSubnetIDs,
		Class:      e.config.DatabaseClass,
		StorageGiB: e.config.DatabaseStorageGiB,
		MultiAZ:    e.config.DatabaseMultiAZ,
		BackupDays: e.config.DatabaseBackupDays,
		Disposable: !e.config.Protect,
	})
	return err
}

func (e *environment) createStorage(ctx *pulumi.Context) (err error) {
	e.storage, err = storage.New(ctx, e.name("media"), &storage.Args{Disposable: !e.config.Protect})
	return err
}

func (e *environment) createSecretKey(ctx *pulumi.Context) (err error) {
	e.secretKey, err = secret.New(ctx, e.name("secret-key"), &secret.Args{
		Description: "Django's SECRET_KEY",
		Disposable:  !e.config.Protect,
	})
	return err
}

func (e *environment) createEdge(ctx *pulumi.Context) (err error) {
	args := &edge.Args{
		VPCID:      e.network.VPCID,
		SubnetIDs:  e.network.PublicSubnetIDs,
		Domain:     e.config.Domain,
		Disposable: !e.config.Protect,
	}
	if e.config.Domain != "" {
		private := false
		zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{Name: &e.config.HostedZone, PrivateZone: &private})
		if err != nil {
			return fmt.Errorf("%s:hostedZone: no public Route 53 zone %s: create it, or leave domain and hostedZone empty: %w", ctx.Project(), e.config.HostedZone, err)
		}
		args.ZoneID = pulumi.String(zone.ZoneId)
	}
	e.edge, err = edge.New(ctx, e.name("edge"), args)
	return err
}

func (e *environment) createService(ctx *pulumi.Context) (err error) {
	e.service, err = service.New(ctx, e.name("app"), e.appArgs())
	return err
}

func (e *environment) export(ctx *pulumi.Context) {
	ctx.Export("url", e.edge.URL)
	ctx.Export("apiDocsUrl", pulumi.Sprintf("%s%s", e.edge.URL, apiDocsPath))
	ctx.Export("logGroup", e.service.LogGroup)
	ctx.Export("databaseEndpoint", e.database.Endpoint)
	ctx.Export("mediaBucket", e.storage.Bucket)
	ctx.Export("clusterName", e.service.ClusterName)
	ctx.Export("serviceName", e.service.ServiceName)
	ctx.Export("version", pulumi.String(e.service.Version))
}
