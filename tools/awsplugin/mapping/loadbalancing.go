package mapping

var loadBalancing = []Resource{
	{
		Terraform: "aws_lb", Module: "lb", Name: "LoadBalancer",
		AutoName: AutoName{MaxLength: 32},
		Newer:    []string{"ipamPools", "minimumLoadBalancerCapacity"},
	},
	{Terraform: "aws_lb_listener", Module: "lb", Name: "Listener", Newer: []string{
		"routingHttpRequestXAmznMtlsClientcertHeaderName",
		"routingHttpRequestXAmznMtlsClientcertIssuerHeaderName",
		"routingHttpRequestXAmznMtlsClientcertLeafHeaderName",
		"routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName",
		"routingHttpRequestXAmznMtlsClientcertSubjectHeaderName",
		"routingHttpRequestXAmznMtlsClientcertValidityHeaderName",
		"routingHttpRequestXAmznTlsCipherSuiteHeaderName",
		"routingHttpRequestXAmznTlsVersionHeaderName",
		"routingHttpResponseAccessControlAllowCredentialsHeaderValue",
		"routingHttpResponseAccessControlAllowHeadersHeaderValue",
		"routingHttpResponseAccessControlAllowMethodsHeaderValue",
		"routingHttpResponseAccessControlAllowOriginHeaderValue",
		"routingHttpResponseAccessControlExposeHeadersHeaderValue",
		"routingHttpResponseAccessControlMaxAgeHeaderValue",
		"routingHttpResponseContentSecurityPolicyHeaderValue",
		"routingHttpResponseServerEnabled",
		"routingHttpResponseStrictTransportSecurityHeaderValue",
		"routingHttpResponseXContentTypeOptionsHeaderValue",
		"routingHttpResponseXFrameOptionsHeaderValue",
	}},
	{Terraform: "aws_lb_listener_rule", Module: "lb", Name: "ListenerRule"},
	{Terraform: "aws_lb_listener_certificate", Module: "lb", Name: "ListenerCertificate"},
	{Terraform: "aws_lb_target_group", Module: "lb", Name: "TargetGroup", AutoName: AutoName{MaxLength: 32}},
	{Terraform: "aws_lb_target_group_attachment", Module: "lb", Name: "TargetGroupAttachment"},
}
