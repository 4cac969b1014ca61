package mapping_test

import (
	"testing"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

func TestEveryTypeIsMappedOnce(t *testing.T) {
	resources, tokens := map[string]bool{}, map[string]bool{}
	for _, r := range mapping.Resources() {
		if resources[r.Terraform] || tokens[r.Token()] {
			t.Errorf("%s or %s is in the table twice", r.Terraform, r.Token())
		}
		resources[r.Terraform], tokens[r.Token()] = true, true
	}
	dataSources := map[string]bool{}
	for _, f := range mapping.Functions() {
		if dataSources[f.Terraform] || tokens[f.Token()] {
			t.Errorf("%s or %s is in the table twice", f.Terraform, f.Token())
		}
		dataSources[f.Terraform], tokens[f.Token()] = true, true
	}
}

func TestTokensTranslateToTerraform(t *testing.T) {
	for token, want := range map[string]string{
		"aws:ec2/vpc:Vpc": "aws_vpc",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
		"aws:s3/bucketV2:BucketV2":                                  "aws_s3_bucket",
		"aws:rds/instance:Instance":                                 "aws_db_instance",
	} {
		if got, ok := mapping.TerraformType(token); !ok || got != want {
			t.Errorf("%s: got %q, %v, want %q", token, got, ok, want)
		}
	}
	if got, ok := mapping.TerraformType("aws:lambda/function:Function"); ok {
		t.Errorf("got %q for a type that is not in the table", got)
	}
}
