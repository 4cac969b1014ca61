package mapping

var containers = []Resource{
	{Terraform: "aws_ecs_cluster", Module: "ecs", Name: "Cluster"},
	{Terraform: "aws_ecs_cluster_capacity_providers", Module: "ecs", Name: "ClusterCapacityProviders"},
	{
		Terraform: "aws_ecs_service", Module: "ecs", Name: "Service",
		Fields: map[string]Field{
			"load_balancer": {Name: "loadBalancers", Form: List},
			"service_connect_configuration": {Fields: map[string]Field{
				"service": {Fields: map[string]Field{
					"client_alias": {Name: "clientAlias", Form: List},
				}},
			}},
		},
	},
	{Terraform: "aws_ecs_task_definition", Module: "ecs", Name: "TaskDefinition", Newer: []string{"enableFaultInjection"}},
	{Terraform: "aws_ecr_repository", Module: "ecr", Name: "Repository"},
	{Terraform: "aws_ecr_lifecycle_policy", Module: "ecr", Name: "LifecyclePolicy", DeleteFirst: true, Fields: map[string]Field{"policy": {JSON: true}}},
	{Terraform: "aws_ecr_repository_policy", Module: "ecr", Name: "RepositoryPolicy", Fields: map[string]Field{"policy": {JSON: true}}},
}
