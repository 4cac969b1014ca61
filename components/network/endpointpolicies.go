package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

var everybody, everything = []pulumi.StringInput{pulumi.String("*")}, []pulumi.StringInput{pulumi.String("*")}

// ownData lets the account's principals do with the account's own data what their
// roles allow. Credentials that somebody brings into the VPC carry nothing out.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
func (n *Network) ownData(service string) policy.Statement {
	return policy.Statement{
		Sid:       "OwnData",
		Actions:   []string{service + ":*"},
		AWS:       everybody,
		Resources: everything,
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {
			"aws:PrincipalAccount": pulumi.String(n.account.ID),
			"aws:ResourceAccount":  pulumi.String(n.account.ID),
		}},
	}
}

// publicObjects are what AWS gives out of buckets of its own, to be read only. The
// admin host is Ubuntu, whose packages are not in S3. A host with Amazon Linux
// would need its repositories here:
// https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
func (n *Network) publicObjects() []policy.Statement {
	objects := func(bucket string) pulumi.StringInput {
		return pulumi.String(fmt.Sprintf("arn:%s:s3:::%s/*", n.account.Partition, bucket))
	}
	read := []string{"s3:GetObject"}
	return []policy.Statement{
		{
			// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
			Sid:       "ImageLayers",
			Actions:   read,
			AWS:       everybody,
			Resources: []pulumi.StringInput{objects("prod-" + n.account.Region + "-starport-layer-bucket")},
		},
		{
			// The agent's updates and the modules of SSM's documents. Buckets for
			// patches, packages and Windows are nothing that Session Manager needs.
			// https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html#ssm-agent-minimum-s3-permissions
			Sid:     "SessionManagerAgent",
			Actions: read,
			AWS:     everybody,
			Resources: []pulumi.StringInput{
				objects("amazon-ssm-" + n.account.Region),
				objects("aws-ssm-" + n.account.Region),
			},
		},
	}
}

// gatewayPolicy is what goes through the endpoint of S3 or DynamoDB.
func (n *Network) gatewayPolicy(service string) pulumi.StringOutput {
	statements := []policy.Statement{n.ownData(service)}
	if service == "s3" {
		statements = append(statements, n.publicObjects()...)
	}
	return policy.Document(statements...)
}

// interfacePolicy lets the account's own principals through, none where the service
// takes no policy, which EC2 tells of each.
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func (n *Network) interfacePolicy(ctx *pulumi.Context, service string) (pulumi.StringPtrInput, error) {
	name, kind := n.serviceName(service), "Interface"
	found, err := ec2.LookupVpcEndpointService(ctx, &ec2.LookupVpcEndpointServiceArgs{ServiceName: &name, ServiceType: &kind}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("look up the endpoint service %s: %w", name, err)
	}
	if !found.VpcEndpointPolicySupported {
		return nil, nil
	}
	return policy.Document(policy.Statement{
		Sid:       "OwnPrincipals",
		Actions:   []string{"*"},
		AWS:       everybody,
		Resources: everything,
		Conditions: map[string]map[string]pulumi.StringInput{
			"StringEquals": {"aws:PrincipalAccount": pulumi.String(n.account.ID)},
		},
	}), nil
}
