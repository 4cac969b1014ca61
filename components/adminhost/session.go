package adminhost

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// idleMinutes is after how long without a key pressed a session ends, Session
// Manager's own default.
const idleMinutes = "20"

// createSessionDocument describes a session: encrypted with the key, if there is
// one, and logged while it goes on, so that a host that dies takes no record
// along. The host refuses to log to a group without a key when
// cloudWatchEncryptionEnabled is true. Fields that are empty here are required:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
func (h *Host) createSessionDocument(ctx *pulumi.Context) error {
	var key pulumi.StringInput = pulumi.String("")
	if h.args.KeyARN != nil {
		key = h.args.KeyARN
	}
	document, err := ssm.NewDocument(ctx, h.name, &ssm.DocumentArgs{
		DocumentType:   pulumi.String("Session"),
		DocumentFormat: pulumi.String("JSON"),
		Content: pulumi.JSONMarshal(pulumi.Map{
			"schemaVersion": pulumi.String("1.0"),
			"description":   pulumi.Sprintf("A shell on %s, encrypted and logged", h.name),
			"sessionType":   pulumi.String("Standard_Stream"),
			"inputs": pulumi.Map{
				"s3BucketName":                pulumi.String(""),
				"s3KeyPrefix":                 pulumi.String(""),
				"s3EncryptionEnabled":         pulumi.Bool(true),
				"cloudWatchLogGroupName":      h.logs.Name,
				"cloudWatchEncryptionEnabled": pulumi.Bool(h.args.KeyARN != nil),
				"cloudWatchStreamingEnabled":  pulumi.Bool(true),
				"kmsKeyId":                    key,
				"runAsEnabled":                pulumi.Bool(false),
				"runAsDefaultUser":            pulumi.String(""),
				"idleSessionTimeout":          pulumi.String(idleMinutes),
				"shellProfile":                pulumi.Map{"linux": pulumi.String("exec bash -l")},
			},
		}),
	}, h.child())
	if err != nil {
		return fmt.Errorf("create session document: %w", err)
	}
	h.SessionDocument = document.Name
	return nil
}

// connectCommand finds the host by the tag that Auto Scaling puts on it: its ID
// changes with every replacement.
func (h *Host) connectCommand() pulumi.StringOutput {
	return pulumi.Sprintf(`aws ssm start-session --region %[1]s --document-name %[2]s --target "$(aws ec2 describe-instances --region %[1]s `+
		`--filters Name=tag:aws:autoscaling:groupName,Values=%[3]s Name=instance-state-name,Values=running `+
		`--query 'Reservations[].Instances[].InstanceId' --output text)"`,
		h.account.Region, h.SessionDocument, h.GroupName)
}
