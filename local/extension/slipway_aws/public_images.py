"""SSM and EC2: the public image parameters that every account can read, and their images.

Ubuntu: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
ECS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
"""

from __future__ import annotations

from dataclasses import dataclass

from ministack.services import ec2, ssm

REQUIRED = {
    "services.ssm": {"_PUBLIC_AMI_PARAMETERS": ""},
    "services.ec2": {
        "_STUB_AMIS": "",
        "_stub_image_view": "ami_id, name, desc, platform, root_device, owner_id, owner_alias",
    },
}

_CANONICAL, _AMAZON = ("099720109477", None), ("591542846629", "amazon")
_UBUNTU = "/aws/service/canonical/ubuntu/server/24.04/stable/current"
_ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"


@dataclass(frozen=True)
class Image:
    """One public image and the parameter that names it."""

    parameter: str
    id: str
    name: str
    architecture: str
    root_device: str
    owner: tuple[str, str | None]


IMAGES = (
    Image(f"{_UBUNTU}/arm64/hvm/ebs-gp3/ami-id", "ami-0a2404a1264000001",
          "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20250610", "arm64", "/dev/sda1", _CANONICAL),
    Image(f"{_UBUNTU}/amd64/hvm/ebs-gp3/ami-id", "ami-0a2404a1264000002",
          "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250610", "x86_64", "/dev/sda1", _CANONICAL),
    Image(f"{_ECS}/arm64/recommended/image_id", "ami-0a2023a1264000003",
          "al2023-ami-ecs-hvm-2023.0.20250610-kernel-6.1-arm64", "arm64", "/dev/xvda", _AMAZON),
    Image(f"{_ECS}/recommended/image_id", "ami-0a2023a1264000004",
          "al2023-ami-ecs-hvm-2023.0.20250610-kernel-6.1-x86_64", "x86_64", "/dev/xvda", _AMAZON),
)


def install() -> None:
    """Adds the images to those that MiniStack already publishes."""
    view, architectures = ec2._stub_image_view, {image.id: image.architecture for image in IMAGES}

    def stub_image_view(ami_id, name, desc, platform, root_device, owner_id, owner_alias):
        found = view(ami_id, name, desc, platform, root_device, owner_id, owner_alias)
        return {**found, "Architecture": architectures.get(ami_id, found["Architecture"])}

    ec2._stub_image_view = stub_image_view
    for image in IMAGES:
        ssm._PUBLIC_AMI_PARAMETERS[image.parameter] = image.id
        ec2._STUB_AMIS.append((image.id, image.name, image.name, "", image.root_device, *image.owner))
