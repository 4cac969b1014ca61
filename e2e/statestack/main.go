// Command statestack is a small Pulumi program for the tests of leases and
// recovery: resources whose ID is a name, and such whose ID AWS chooses.
package main

import (
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"gitlab.com/slipway/slipway/components/policy"
)

func main() { pulumi.Run(deploy) }

func deploy(ctx *pulumi.Context) error {
	tags := pulumi.StringMap{
		"project":    pulumi.String(ctx.Project()),
		"generation": pulumi.String(strconv.Itoa(config.GetInt(ctx, "generation"))),
	}
	vpc, err := ec2.NewVpc(ctx, "net", &ec2.VpcArgs{CidrBlock: pulumi.String("10.77.0.0/16"), Tags: tags})
	if err != nil {
		return err
	}
	if _, err := ec2.NewSecurityGroup(ctx, "group", &ec2.SecurityGroupArgs{VpcId: vpc.ID(), Tags: tags}); err != nil {
		return err
	}
	if _, err := kms.NewKey(ctx, "key", &kms.KeyArgs{Description: pulumi.String("state test"), Tags: tags}); err != nil {
		return err
	}
	if _, err := cloudwatch.NewLogGroup(ctx, "log", &cloudwatch.LogGroupArgs{Tags: tags}); err != nil {
		return err
	}
	if _, err := s3.NewBucketV2(ctx, "bucket", &s3.BucketV2Args{Tags: tags}); err != nil {
		return err
	}
	_, err = iam.NewRole(ctx, "role", &iam.RoleArgs{AssumeRolePolicy: policy.AssumeRole(policy.Trust{Service: "ec2.amazonaws.com"}), Tags: tags})
	return err
}
