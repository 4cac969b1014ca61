package observability

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// consoles are the console's domains by partition.
var consoles = map[string]string{
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
}

// link makes the outputs that open the console.
func (o *Observability) link() {
	console, elsewhere := consoles[o.account.Partition]
	if !elsewhere {
		console = "console.aws.amazon.com"
	}
	home := fmt.Sprintf("https://%[1]s.%[2]s/cloudwatch/home?region=%[1]s#", o.account.Region, console)
	o.DashboardURL = pulumi.Sprintf("%sdashboards/dashboard/%s", home, o.globalName())
	o.AlarmsURL = pulumi.Sprintf("%salarmsV2:?~(search~'%s)", home, o.name)
	o.LogsURL = pulumi.String("").ToStringOutput()
	if o.args.LogGroup != nil {
		o.LogsURL = o.args.LogGroup.ToStringOutput().ApplyT(func(group string) string {
			return home + "logsV2:log-groups/log-group/" + escapeTwice(group)
		}).(pulumi.StringOutput)
	}
}

// escapeTwice writes "/" as "$252F", as the console does in its fragments.
func escapeTwice(text string) string {
	return strings.ReplaceAll(url.QueryEscape(url.QueryEscape(text)), "%", "$")
}
