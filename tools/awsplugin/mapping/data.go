package mapping

var data = []Resource{
	{
		Terraform: "aws_db_instance", Module: "rds", Name: "Instance",
		AutoName: AutoName{Property: "identifier", Joined: true},
		Newer:    []string{"databaseInsightsMode"},
	},
	{Terraform: "aws_db_subnet_group", Module: "rds", Name: "SubnetGroup", Fields: map[string]Field{
		"description": {Default: managed},
	}},
	{Terraform: "aws_db_parameter_group", Module: "rds", Name: "ParameterGroup", Fields: map[string]Field{
		"description": {Default: managed},
	}},
	{Terraform: "aws_db_event_subscription", Module: "rds", Name: "EventSubscription"},
	{
		Terraform: "aws_dynamodb_table", Module: "dynamodb", Name: "Table",
		Fields: map[string]Field{
			"global_secondary_index": {Name: "globalSecondaryIndexes"},
			"local_secondary_index":  {Name: "localSecondaryIndexes"},
		},
	},
}
