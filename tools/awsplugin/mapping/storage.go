package mapping

var storage = []Resource{
	{
		Terraform: "aws_s3_bucket", Module: "s3", Name: "BucketV2",
		AutoName: AutoName{Property: "bucket", MaxLength: 63, Lower: true},
		Fields: map[string]Field{
			"policy": {JSON: true},
			// pulumi-aws has published these as lists and keeps them so.
			"lifecycle_rule": {Fields: map[string]Field{
				"expiration":                    {Form: List},
				"noncurrent_version_expiration": {Form: List},
			}},
			"logging": {Form: List},
			"object_lock_configuration": {Fields: map[string]Field{
				"rule": {Form: List, Fields: map[string]Field{"default_retention": {Form: List}}},
			}},
			"replication_configuration": {Form: List, Fields: map[string]Field{
				"rules": {Fields: map[string]Field{
					"destination": {Form: List, Fields: map[string]Field{
						"access_control_translation": {Form: List},
						"metrics":                    {Form: List},
						"replication_time":           {Form: List},
					}},
					"filter": {Form: List},
					"source_selection_criteria": {Form: List, Fields: map[string]Field{
						"sse_kms_encrypted_objects": {Form: List},
					}},
				}},
			}},
			"server_side_encryption_configuration": {Form: List, Fields: map[string]Field{
				"rule": {Form: List, Fields: map[string]Field{
					"apply_server_side_encryption_by_default": {Form: List},
				}},
			}},
			"versioning": {Form: List},
			"website":    {Form: List},
		},
	},
	{Terraform: "aws_s3_bucket_public_access_block", Module: "s3", Name: "BucketPublicAccessBlock"},
	{Terraform: "aws_s3_bucket_policy", Module: "s3", Name: "BucketPolicy", Fields: map[string]Field{"policy": {JSON: true}}},
	{Terraform: "aws_s3_bucket_versioning", Module: "s3", Name: "BucketVersioningV2"},
	{Terraform: "aws_s3_bucket_server_side_encryption_configuration", Module: "s3", Name: "BucketServerSideEncryptionConfigurationV2"},
	{Terraform: "aws_s3_bucket_lifecycle_configuration", Module: "s3", Name: "BucketLifecycleConfigurationV2", Newer: []string{"timeouts"}},
	{Terraform: "aws_s3_bucket_ownership_controls", Module: "s3", Name: "BucketOwnershipControls"},
	{Terraform: "aws_s3_bucket_cors_configuration", Module: "s3", Name: "BucketCorsConfigurationV2"},
	{Terraform: "aws_s3_bucket_logging", Module: "s3", Name: "BucketLoggingV2"},
	{Terraform: "aws_s3_object", Module: "s3", Name: "BucketObjectv2", AutoName: AutoName{Property: "key", Plain: true}},
}
