package mapping

var identity = []Resource{
	{
		Terraform: "aws_iam_role", Module: "iam", Name: "Role",
		AutoName: AutoName{MaxLength: 64},
		Fields: map[string]Field{
			"assume_role_policy": {JSON: true},
			"inline_policy":      {Fields: map[string]Field{"name": {AutoName: &AutoName{MaxLength: 128}}}},
		},
	},
	{Terraform: "aws_iam_role_policy", Module: "iam", Name: "RolePolicy", Fields: map[string]Field{"policy": {JSON: true}}},
	{Terraform: "aws_iam_role_policy_attachment", Module: "iam", Name: "RolePolicyAttachment", DeleteFirst: true},
	{Terraform: "aws_iam_policy", Module: "iam", Name: "Policy", Fields: map[string]Field{"policy": {JSON: true}}},
	{Terraform: "aws_iam_service_linked_role", Module: "iam", Name: "ServiceLinkedRole"},
	{Terraform: "aws_iam_instance_profile", Module: "iam", Name: "InstanceProfile"},
	{Terraform: "aws_iam_openid_connect_provider", Module: "iam", Name: "OpenIdConnectProvider"},
}
