package mapping

var edge = []Resource{
	{Terraform: "aws_acm_certificate", Module: "acm", Name: "Certificate"},
	{Terraform: "aws_acm_certificate_validation", Module: "acm", Name: "CertificateValidation"},
	{Terraform: "aws_route53_zone", Module: "route53", Name: "Zone", Fields: map[string]Field{"comment": {Default: managed}}},
	{
		Terraform: "aws_route53_record", Module: "route53", Name: "Record",
		AutoName: AutoName{Off: true}, // the name is a domain name
		Fields: map[string]Field{
			"alias":                      {Name: "aliases", Form: List},
			"failover_routing_policy":    {Name: "failoverRoutingPolicies", Form: List},
			"geolocation_routing_policy": {Name: "geolocationRoutingPolicies", Form: List},
			"latency_routing_policy":     {Name: "latencyRoutingPolicies", Form: List},
			"weighted_routing_policy":    {Name: "weightedRoutingPolicies", Form: List},
		},
	},
	{
		Terraform: "aws_wafv2_web_acl", Module: "wafv2", Name: "WebAcl",
		Fields: map[string]Field{
			"association_config": {Fields: map[string]Field{
				"request_body": {Fields: map[string]Field{
					"api_gateway":              {Name: "apiGateways", Form: List},
					"app_runner_service":       {Name: "appRunnerServices", Form: List},
					"cloudfront":               {Name: "cloudfronts", Form: List},
					"cognito_user_pool":        {Name: "cognitoUserPools", Form: List},
					"verified_access_instance": {Name: "verifiedAccessInstances", Form: List},
				}},
			}},
		},
		Newer: []string{"dataProtectionConfig", "namePrefix"},
	},
	{Terraform: "aws_wafv2_web_acl_association", Module: "wafv2", Name: "WebAclAssociation"},
	{Terraform: "aws_wafv2_web_acl_logging_configuration", Module: "wafv2", Name: "WebAclLoggingConfiguration"},
	{Terraform: "aws_cloudfront_distribution", Module: "cloudfront", Name: "Distribution"},
	{Terraform: "aws_cloudfront_origin_access_control", Module: "cloudfront", Name: "OriginAccessControl"},
	{Terraform: "aws_cloudfront_response_headers_policy", Module: "cloudfront", Name: "ResponseHeadersPolicy"},
	{Terraform: "aws_cloudfront_cache_policy", Module: "cloudfront", Name: "CachePolicy"},
}
