package scan_test

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// program makes everything twice: once as it should be and once broken.
func program(ctx *pulumi.Context) error {
	for _, broken := range []bool{false, true} {
		v := variant{ctx: ctx, broken: broken, name: "sound"}
		if broken {
			v.name = "broken"
		}
		for _, step := range []func() error{v.storage, v.network, v.edge, v.database, v.service} {
			if err := step(); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	return nil
}

type variant struct {
	ctx    *pulumi.Context
	broken bool
	name   string
	vpc    *awsxec2.Vpc
	group  *ec2.SecurityGroup
}

// verdicts are what checkov has to say about each variant.
var verdicts = []struct{ check, resource string }{
	{"CKV_AWS_21", "aws_s3_bucket"},      // connected: versioning is a resource of its own
	{"CKV2_AWS_6", "aws_s3_bucket"},      // connected: the public access block
	{"CKV2_AWS_61", "aws_s3_bucket"},     // connected: the lifecycle
	{"CKV_AWS_145", "aws_s3_bucket"},     // connected, and nested twice
	{"CKV2_AWS_11", "aws_vpc"},           // connected from outside to a child of awsx
	{"CKV2_AWS_12", "aws_vpc"},           // the same with what has no rules
	{"CKV2_AWS_5", "aws_security_group"}, // connected by a list
	{"CKV_AWS_24", "aws_vpc_security_group_ingress_rule"},
	{"CKV_AWS_91", "aws_lb"}, // a list of one block
	{"CKV_AWS_150", "aws_lb"},
	{"CKV2_AWS_28", "aws_lb"}, // connected by a resource between
	{"CKV_AWS_16", "aws_db_instance"},
	{"CKV_AWS_129", "aws_db_instance"}, // a list of texts
	{"CKV2_AWS_69", "aws_db_instance"}, // connected: a parameter group with blocks
	{"CKV_AWS_7", "aws_kms_key"},
	{"CKV_AWS_336", "aws_ecs_task_definition"}, // JSON inside a text
	{"CKV_AWS_65", "aws_ecs_cluster"},
	{"CKV_AWS_63", "aws_iam_role_policy"},
}

func (v *variant) storage() error {
	bucket, err := s3.NewBucketV2(v.ctx, v.name, nil)
	if err != nil || v.broken {
		return err
	}
	if _, err := s3.NewBucketVersioningV2(v.ctx, v.name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}); err != nil {
		return err
	}
	if _, err := s3.NewBucketPublicAccessBlock(v.ctx, v.name, &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.ID(),
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}); err != nil {
		return err
	}
	if _, err := s3.NewBucketLifecycleConfigurationV2(v.ctx, v.name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("old"), Status: pulumi.String("Enabled"),
		}},
	}); err != nil {
		return err
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(v.ctx, v.name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("aws:kms"),
			},
		}},
	})
	return err
}

func (v *variant) network() (err error) {
	strategy, addresses := awsxec2.SubnetAllocationStrategyAuto, "10.0.0.0/16"
	v.vpc, err = awsxec2.NewVpc(v.ctx, v.name, &awsxec2.VpcArgs{
		CidrBlock: &addresses, AvailabilityZoneNames: []string{"us-east-1a", "us-east-1b"}, SubnetStrategy: &strategy,
		NatGateways: &awsxec2.NatGatewayConfigurationArgs{Strategy: awsxec2.NatGatewayStrategyNone},
		SubnetSpecs: []awsxec2.SubnetSpecArgs{{Type: awsxec2.SubnetTypeIsolated, CidrBlocks: []string{"10.0.0.0/20", "10.0.16.0/20"}}},
	})
	if err != nil {
		return err
	}
	v.group, err = ec2.NewSecurityGroup(v.ctx, v.name, &ec2.SecurityGroupArgs{VpcId: v.vpc.VpcId, Description: pulumi.String("edge")})
	if err != nil {
		return err
	}
	from := "10.0.0.0/16"
	if v.broken {
		from = "0.0.0.0/0"
	}
	if _, err := vpc.NewSecurityGroupIngressRule(v.ctx, v.name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: v.group.ID(), IpProtocol: pulumi.String("tcp"),
		FromPort: pulumi.Int(22), ToPort: pulumi.Int(22), CidrIpv4: pulumi.String(from),
	}); err != nil || v.broken {
		return err
	}
	if _, err := ec2.NewDefaultSecurityGroup(v.ctx, v.name, &ec2.DefaultSecurityGroupArgs{VpcId: v.vpc.VpcId}); err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(v.ctx, v.name, &ec2.FlowLogArgs{VpcId: v.vpc.VpcId, TrafficType: pulumi.String("ALL")})
	return err
}

func (v *variant) edge() error {
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		EnableDeletionProtection: pulumi.Bool(!v.broken),
		Subnets:                  v.vpc.IsolatedSubnetIds,
	}
	if !v.broken {
		args.SecurityGroups = pulumi.StringArray{v.group.ID()}
		args.AccessLogs = &lb.LoadBalancerAccessLogsArgs{Bucket: pulumi.String("logs"), Enabled: pulumi.Bool(true)}
	}
	balancer, err := lb.NewLoadBalancer(v.ctx, v.name, args)
	if err != nil {
		return err
	}
	acl, err := wafv2.NewWebAcl(v.ctx, v.name, &wafv2.WebAclArgs{
		Scope:         pulumi.String("REGIONAL"),
		DefaultAction: &wafv2.WebAclDefaultActionArgs{Allow: &wafv2.WebAclDefaultActionAllowArgs{}},
		VisibilityConfig: &wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), MetricName: pulumi.String("edge"), SampledRequestsEnabled: pulumi.Bool(true),
		},
	})
	if err != nil || v.broken {
		return err
	}
	_, err = wafv2.NewWebAclAssociation(v.ctx, v.name, &wafv2.WebAclAssociationArgs{ResourceArn: balancer.Arn, WebAclArn: acl.Arn})
	return err
}

func (v *variant) database() error {
	force := "1"
	if v.broken {
		force = "0"
	}
	parameters, err := rds.NewParameterGroup(v.ctx, v.name, &rds.ParameterGroupArgs{
		Family:     pulumi.String("postgres17"),
		Parameters: rds.ParameterGroupParameterArray{&rds.ParameterGroupParameterArgs{Name: pulumi.String("rds.force_ssl"), Value: pulumi.String(force)}},
	})
	if err != nil {
		return err
	}
	args := &rds.InstanceArgs{
		InstanceClass: pulumi.String("db.t4g.micro"), Engine: pulumi.String("postgres"),
		ParameterGroupName: parameters.Name, StorageEncrypted: pulumi.Bool(!v.broken),
	}
	if !v.broken {
		args.EnabledCloudwatchLogsExports = pulumi.StringArray{pulumi.String("postgresql"), pulumi.String("upgrade")}
	}
	_, err = rds.NewInstance(v.ctx, v.name, args)
	return err
}

func (v *variant) service() error {
	if _, err := kms.NewKey(v.ctx, v.name, &kms.KeyArgs{EnableKeyRotation: pulumi.Bool(!v.broken)}); err != nil {
		return err
	}
	insights, action := "enabled", "s3:GetObject"
	if v.broken {
		insights, action = "disabled", "*"
	}
	if _, err := ecs.NewCluster(v.ctx, v.name, &ecs.ClusterArgs{
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(insights)}},
	}); err != nil {
		return err
	}
	if _, err := ecs.NewTaskDefinition(v.ctx, v.name, &ecs.TaskDefinitionArgs{
		Family:               pulumi.String(v.name),
		ContainerDefinitions: pulumi.String(fmt.Sprintf(`[{"name": "app", "image": "app", "readonlyRootFilesystem": %t}]`, !v.broken)),
	}); err != nil {
		return err
	}
	role, err := iam.NewRole(v.ctx, v.name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(`{"Version": "2012-10-17", "Statement": []}`)})
	if err != nil {
		return err
	}
	_, err = iam.NewRolePolicy(v.ctx, v.name, &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: pulumi.String(fmt.Sprintf(
			`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [%q], "Resource": ["arn:aws:s3:::media/*"]}]}`, action)),
	})
	return err
}
