package mapping

var secrets = []Resource{
	{Terraform: "aws_kms_key", Module: "kms", Name: "Key"},
	{Terraform: "aws_kms_alias", Module: "kms", Name: "Alias", AutoName: AutoName{MaxLength: 238, Prefix: "alias/"}},
	{Terraform: "aws_secretsmanager_secret", Module: "secretsmanager", Name: "Secret"},
	{Terraform: "aws_secretsmanager_secret_version", Module: "secretsmanager", Name: "SecretVersion"},
	{Terraform: "aws_secretsmanager_secret_rotation", Module: "secretsmanager", Name: "SecretRotation"},
	{Terraform: "aws_secretsmanager_secret_policy", Module: "secretsmanager", Name: "SecretPolicy"},
	{Terraform: "aws_ssm_parameter", Module: "ssm", Name: "Parameter"},
	{Terraform: "aws_ssm_document", Module: "ssm", Name: "Document"},
}
