package adminhost

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// image is looked up by EC2 whenever it launches a host.
	// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
	// https://discourse.ubuntu.com/t/finding-ubuntu-images-with-the-aws-ssm-parameter-store/15507
	image = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
	// rootDevice is the name of the root disk in Ubuntu's images.
	rootDevice = "/dev/sda1"
)

// machine is the name of the template and the group. A NAT has others than a host
// without: when a host becomes the NAT, or is it no longer, the new one comes
// beside the old one, routes change in between, and the old one goes last. One
// group could not: Auto Scaling gives a host of the one a subnet, of the other the
// interface that the old host still holds.
func (h *Host) machine() string {
	if h.args.NAT == nil {
		return h.name + "-private"
	}
	return h.name
}

// createTemplate describes the host. The disk is as large as the image, 8 GiB.
func (h *Host) createTemplate(ctx *pulumi.Context) (err error) {
	h.template, err = ec2.NewLaunchTemplate(ctx, h.machine(), &ec2.LaunchTemplateArgs{
		Description:          pulumi.String("Admin host"),
		ImageId:              pulumi.String(image),
		InstanceType:         pulumi.String(h.args.InstanceType),
		UpdateDefaultVersion: pulumi.Bool(true),
		UserData:             pulumi.String(base64.StdEncoding.EncodeToString([]byte(h.userData))),
		IamInstanceProfile:   &ec2.LaunchTemplateIamInstanceProfileArgs{Arn: h.profile.Arn},
		NetworkInterfaces:    ec2.LaunchTemplateNetworkInterfaceArray{h.networkInterface()},
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
			InstanceMetadataTags:    pulumi.String("disabled"),
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{&ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(rootDevice),
			Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType:          pulumi.String("gp3"),
				Encrypted:           pulumi.String("true"),
				DeleteOnTermination: pulumi.String("true"),
			},
		}},
		// The group puts its tags on the host, not on the disk.
		TagSpecifications: ec2.LaunchTemplateTagSpecificationArray{&ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String("volume"),
			Tags:         pulumi.ToStringMap(h.tags),
		}},
	}, h.child())
	if err != nil {
		return fmt.Errorf("create launch template: %w", err)
	}
	return nil
}

// networkInterface is the host's only one: a NAT's own, with the security group
// and the address that it has, or a new one without a public address.
func (h *Host) networkInterface() *ec2.LaunchTemplateNetworkInterfaceArgs {
	if h.args.NAT != nil {
		return &ec2.LaunchTemplateNetworkInterfaceArgs{
			DeviceIndex:         pulumi.Int(0),
			NetworkInterfaceId:  h.nic.ID(),
			DeleteOnTermination: pulumi.String("false"),
		}
	}
	return &ec2.LaunchTemplateNetworkInterfaceArgs{
		DeviceIndex:              pulumi.Int(0),
		AssociatePublicIpAddress: pulumi.String("false"),
		SecurityGroups:           pulumi.StringArray{h.SecurityGroupID},
		DeleteOnTermination:      pulumi.String("true"),
	}
}

// createGroup keeps one host running. A NAT's interface has room for one, so the
// old host goes before the new one comes, after a failed health check, and when
// Pulumi replaces the group. A group whose template names an existing interface
// takes the zone instead of subnets; AWS describes the arrangement under
// "Considerations":
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/create-launch-template.html
// A changed template replaces the group: Pulumi then waits until the next host is
// in service, and with it whatever waits for the way out. Nobody waits for an
// instance refresh, in the middle of which tasks could not pull their image.
func (h *Host) createGroup(ctx *pulumi.Context) (err error) {
	args := &autoscaling.GroupArgs{
		MinSize:         pulumi.Int(1),
		MaxSize:         pulumi.Int(1),
		DesiredCapacity: pulumi.Int(1),
		HealthCheckType: pulumi.String("EC2"),
		LaunchTemplate: &autoscaling.GroupLaunchTemplateArgs{
			Id: h.template.ID(),
			// A number, not "$Latest": a new version must be a change of the group.
			Version: pulumi.Sprintf("%d", h.template.LatestVersion),
		},
		InstanceMaintenancePolicy: &autoscaling.GroupInstanceMaintenancePolicyArgs{
			MinHealthyPercentage: pulumi.Int(0),
			MaxHealthyPercentage: pulumi.Int(100),
		},
	}
	if h.args.NAT != nil {
		args.AvailabilityZones = pulumi.ToStringArray([]string{h.args.NAT.Zone})
	} else {
		args.VpcZoneIdentifiers = h.args.SubnetIDs
	}
	tags := autoscaling.GroupTagArray{}
	for _, key := range sortedKeys(h.tags) {
		tags = append(tags, &autoscaling.GroupTagArgs{
			Key:               pulumi.String(key),
			Value:             pulumi.String(h.tags[key]),
			PropagateAtLaunch: pulumi.Bool(true),
		})
	}
	args.Tags = tags
	h.group, err = autoscaling.NewGroup(ctx, h.machine(), args, h.child(), pulumi.DependsOn(h.before),
		pulumi.DeleteBeforeReplace(true), pulumi.ReplaceOnChanges([]string{"launchTemplate"}))
	if err != nil {
		return fmt.Errorf("create Auto Scaling group: %w", err)
	}
	h.GroupName = h.group.Name
	h.ConnectCommand = h.connectCommand()
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
