"""The container's own health check: `python -m config.healthcheck [PORT]`.

Asks /health/live of the server in the same container. Exits with 0 when it answers 200
within 3 seconds, else with 1 and the reason. Needs no tool such as curl in the image.
"""

from __future__ import annotations

import http.client
import sys

PORT = 8000  # as in gunicorn.conf.py
TIMEOUT = 3  # seconds


def problem(port: int) -> str | None:
    """Return why the server is not healthy, or None when it is."""
    # As a destination, the unspecified address means this machine.
    connection = http.client.HTTPConnection("0.0.0.0", port, timeout=TIMEOUT)  # noqa: S104
    try:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {error}"
    finally:
        connection.close()
    return None if status == 200 else f"/health/live answered {status}"


if __name__ == "__main__":
    sys.exit(problem(int(sys.argv[1]) if len(sys.argv) > 1 else PORT))
