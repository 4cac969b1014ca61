package mapping

var compute = []Resource{
	{Terraform: "aws_instance", Module: "ec2", Name: "Instance"},
	{Terraform: "aws_launch_template", Module: "ec2", Name: "LaunchTemplate"},
	{
		Terraform: "aws_autoscaling_group", Module: "autoscaling", Name: "Group",
		Fields: map[string]Field{"tag": {Name: "tags"}},
		Newer:  []string{"capacityReservationSpecification"},
	},
	{Terraform: "aws_autoscaling_lifecycle_hook", Module: "autoscaling", Name: "LifecycleHook"},
	{Terraform: "aws_appautoscaling_target", Module: "appautoscaling", Name: "Target"},
	{Terraform: "aws_appautoscaling_policy", Module: "appautoscaling", Name: "Policy"},
	{Terraform: "aws_appautoscaling_scheduled_action", Module: "appautoscaling", Name: "ScheduledAction", Fields: map[string]Field{
		// Terraform has them as strings, to tell 0 from nothing.
		"scalable_target_action": {Fields: map[string]Field{
			"max_capacity": {Type: "integer"},
			"min_capacity": {Type: "integer"},
		}},
	}},
	{Terraform: "aws_scheduler_schedule", Module: "scheduler", Name: "Schedule"},
	{Terraform: "aws_scheduler_schedule_group", Module: "scheduler", Name: "ScheduleGroup"},
}
