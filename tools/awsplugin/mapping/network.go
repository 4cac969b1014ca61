package mapping

var network = []Resource{
	{Terraform: "aws_vpc", Module: "ec2", Name: "Vpc"},
	{Terraform: "aws_subnet", Module: "ec2", Name: "Subnet"},
	{Terraform: "aws_internet_gateway", Module: "ec2", Name: "InternetGateway"},
	{Terraform: "aws_route_table", Module: "ec2", Name: "RouteTable"},
	{Terraform: "aws_route", Module: "ec2", Name: "Route"},
	{Terraform: "aws_route_table_association", Module: "ec2", Name: "RouteTableAssociation"},
	{Terraform: "aws_eip", Module: "ec2", Name: "Eip"},
	{Terraform: "aws_eip_association", Module: "ec2", Name: "EipAssociation"},
	{Terraform: "aws_nat_gateway", Module: "ec2", Name: "NatGateway"},
	{Terraform: "aws_network_interface", Module: "ec2", Name: "NetworkInterface"},
	{Terraform: "aws_security_group", Module: "ec2", Name: "SecurityGroup", Fields: map[string]Field{
		"description": {Default: managed},
		// As the API calls them, not "ingresses" and "egresses".
		"ingress": {Name: "ingress"},
		"egress":  {Name: "egress"},
	}},
	{Terraform: "aws_default_security_group", Module: "ec2", Name: "DefaultSecurityGroup", Fields: map[string]Field{
		"ingress": {Name: "ingress"},
		"egress":  {Name: "egress"},
	}},
	{Terraform: "aws_vpc_security_group_ingress_rule", Module: "vpc", Name: "SecurityGroupIngressRule"},
	{Terraform: "aws_vpc_security_group_egress_rule", Module: "vpc", Name: "SecurityGroupEgressRule"},
	{Terraform: "aws_vpc_endpoint", Module: "ec2", Name: "VpcEndpoint", Newer: []string{"resourceConfigurationArn", "serviceNetworkArn"}},
	{Terraform: "aws_flow_log", Module: "ec2", Name: "FlowLog"},
}
