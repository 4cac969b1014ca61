package mapping

var observability = []Resource{
	{Terraform: "aws_cloudwatch_log_group", Module: "cloudwatch", Name: "LogGroup"},
	{
		Terraform: "aws_cloudwatch_metric_alarm", Module: "cloudwatch", Name: "MetricAlarm",
		AutoName: AutoName{Property: "alarm_name"},
		Fields:   map[string]Field{"alarm_name": {Name: "name"}},
	},
	{Terraform: "aws_cloudwatch_dashboard", Module: "cloudwatch", Name: "Dashboard"},
	{Terraform: "aws_cloudwatch_log_metric_filter", Module: "cloudwatch", Name: "LogMetricFilter"},
	{Terraform: "aws_cloudwatch_event_rule", Module: "cloudwatch", Name: "EventRule", AutoName: AutoName{MaxLength: 64}},
	{Terraform: "aws_cloudwatch_event_target", Module: "cloudwatch", Name: "EventTarget", AutoName: AutoName{Property: "target_id"}},
	{Terraform: "aws_cloudwatch_log_resource_policy", Module: "cloudwatch", Name: "LogResourcePolicy", Fields: map[string]Field{"policy_document": {JSON: true}}},
	{Terraform: "aws_budgets_budget", Module: "budgets", Name: "Budget"},
}
