"""What the container knows about itself."""

from __future__ import annotations

import functools
import json
import logging
import os
import urllib.request

logger = logging.getLogger("app.container")

TIMEOUT = 1  # second; the address is on the same host


@functools.cache
def image_digest() -> str | None:
    """Return the digest of the image that runs, or None outside of ECS.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
    """
    address = os.environ.get("ECS_CONTAINER_METADATA_URI_V4", "")
    if not address.startswith("http://"):
        return None
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310 - http only
            digest = json.load(answer).get("ImageID")
    except (OSError, ValueError, AttributeError) as error:
        logger.warning("container metadata can't be read", extra={"error": str(error)})
        return None
    return digest if isinstance(digest, str) else None
