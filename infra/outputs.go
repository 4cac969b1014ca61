package infra

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// secretKeyOutput is the ARN of the secret with the app's key. A stack without this
// output has the key in its state.
const secretKeyOutput = "secretKeyArn"

// readOutputs reads the outputs that the program itself looks at, none in the first
// update.
func (e *environment) readOutputs(ctx *pulumi.Context) error {
	name := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack())
	self, err := pulumi.NewStackReference(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("read the stack's own outputs: %w", err)
	}
	e.before = map[string]string{}
	for _, name := range []string{"url", secretKeyOutput} {
		output, err := self.GetOutputDetails(name)
		if err != nil {
			return fmt.Errorf("read the stack's own outputs: %w", err)
		}
		e.before[name], _ = output.Value.(string)
	}
	return nil
}

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
	ctx.Export("secretKeyArn", e.secretKey.ARN)
	ctx.Export("signatureHours", pulumi.Int(signatureHours))
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
