package adminhost

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/policy"
)

// createRole is what the host itself may do. EC2 gives a role to the instances of
// its own account only, and its document has no condition for the trust:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
func (h *Host) createRole(ctx *pulumi.Context) error {
	role, attached, err := policy.NewRole(ctx, h.name, policy.Trust{Service: "ec2.amazonaws.com"},
		append(h.sessionStatements(), h.args.Permissions...), h.child())
	if err != nil {
		return err
	}
	h.profile, err = iam.NewInstanceProfile(ctx, h.name, &iam.InstanceProfileArgs{Role: role.Name}, h.child())
	if err != nil {
		return fmt.Errorf("create instance profile: %w", err)
	}
	h.before = append(h.before, attached...)
	return nil
}

// sessionStatements are what Session Manager needs on a host, and not the rest
// of AmazonSSMManagedInstanceCore, which reads every parameter of the account.
// The actions with "*" take no resource.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
func (h *Host) sessionStatements() []policy.Statement {
	everything := []pulumi.StringInput{pulumi.String("*")}
	statements := []policy.Statement{
		{
			Sid:       "Heartbeat",
			Actions:   []string{"ssm:UpdateInstanceInformation"},
			Resources: []pulumi.StringInput{h.account.ARN("ec2", "instance/*")},
		},
		{
			Sid: "SessionChannels",
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: everything,
		},
		{
			Sid:       "FindSessionLogs",
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: everything,
		},
		{
			Sid:       "WriteSessionLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", h.logs.Arn)},
		},
	}
	if h.args.KeyARN != nil {
		statements = append(statements, policy.Statement{
			Sid:       "DecryptSessions",
			Actions:   []string{"kms:Decrypt"},
			Resources: []pulumi.StringInput{h.args.KeyARN},
			// The context that Session Manager encrypts a session's key with: the
			// statement opens nothing else that the key encrypts.
			// https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/session/crypto/blockcipher.go
			Conditions: map[string]map[string]pulumi.StringInput{
				"StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": pulumi.String("i-*")},
			},
		})
	}
	return statements
}
