"""Every fixed name and number of the local AWS, in one place."""

import os
import re
from pathlib import Path

#: The name of the project whose stacks are the environments.
PROJECT = re.search(
    r"^name: *([\w-]+)", (Path(__file__).resolve().parent.parent.parent / "Pulumi.yaml").read_text(), re.MULTILINE
).group(1)
#: Published on 127.0.0.1 only. SLIPWAY_LOCAL_PORT moves it, with names of its own: a second local AWS for tests.
DEFAULT_PORT = 4566
PORT = int(os.environ.get("SLIPWAY_LOCAL_PORT", DEFAULT_PORT))
_SUFFIX = "" if PORT == DEFAULT_PORT else f"-{PORT}"
ENDPOINT = f"http://127.0.0.1:{PORT}"
#: Load balancers, told apart by the host name; on 127.0.0.1 only as well. 4580 and 4543 beside the default port.
HTTP_PORT = int(os.environ.get("SLIPWAY_LOCAL_HTTP_PORT", PORT + 14))
HTTPS_PORT = int(os.environ.get("SLIPWAY_LOCAL_HTTPS_PORT", PORT - 23))
#: File in .slipway with the authority that signs the certificates of this local AWS, and where the container has it.
CA_FILE = f"ca{_SUFFIX}.pem"
CA_IN_CONTAINER = "/run/slipway/ca.pem"
REGION = "us-east-1"

CONTAINER = f"slipway-aws{_SUFFIX}"
NETWORK = f"slipway{_SUFFIX}"
#: Where tasks find their credentials and metadata. A Fargate task asks 169.254.170.2; a second local AWS shares the
#: network and has the only other address that every SDK takes credentials from. A third one has none.
#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
METADATA_NETWORK = "slipway-task-metadata"
METADATA_SUBNET = "169.254.170.0/24"
METADATA_ADDRESS = "169.254.170.23" if _SUFFIX else "169.254.170.2"

IMAGE = "slipway/local-aws"
IMAGE_PACKAGES = "slipway/local-aws-packages"

#: On every container, network, volume and image of the project; the value says which part made it.
LABEL = "slipway.local"
#: The value on what the local AWS starts: tasks, databases, their volumes.
WORKLOAD = f"workload{_SUFFIX}"
#: On base images built from Debian packages; official images lack it. `tools/docker` reads it.
LABEL_BASE = "slipway.base"
#: MiniStack's own label on what it starts (ECS tasks, databases).
LABEL_MINISTACK = "ministack"

STATE_BUCKET = "slipway-state"
#: As bootstrap/ names them in an account.
STATE_KEY_ALIAS = f"alias/{PROJECT}-pulumi"
LEASE_TABLE = f"{PROJECT}-leases"
