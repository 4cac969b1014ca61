package infra

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// export hands out what people and pipelines look for: where the app answers,
// where to look when it does not, and what commands need.
func (e *environment) export(ctx *pulumi.Context) {
	ctx.Export("url", e.edge.URL)
	ctx.Export("apiDocsUrl", pulumi.Sprintf("%s%s", e.edge.URL, apiDocsPath))
	ctx.Export("version", pulumi.String(e.service.Version))

	ctx.Export("dashboardUrl", e.observability.DashboardURL)
	ctx.Export("alarmsUrl", e.observability.AlarmsURL)
	ctx.Export("logsUrl", e.observability.LogsURL)
	ctx.Export("alarmTopic", e.observability.TopicARN)
	ctx.Export("logGroup", e.service.LogGroup)

	ctx.Export("clusterName", e.service.ClusterName)
	ctx.Export("serviceName", e.service.ServiceName)
	ctx.Export("commandTaskDefinition", e.service.CommandTaskDefinition)
	ctx.Export("superuserSecret", pulumi.String(e.superuserSecret()))
	ctx.Export("taskSubnetIds", e.service.SubnetIDs)
	ctx.Export("taskSecurityGroupId", e.service.SecurityGroupID)
	ctx.Export("databaseEndpoint", e.database.Endpoint)
	ctx.Export("mediaBucket", e.media.Bucket)
	if e.cdn != nil {
		ctx.Export("cdnUrl", e.cdn.URL)
	}
	if e.adminHost != nil {
		ctx.Export("adminHostCommand", e.adminHost.ConnectCommand)
	}
}
