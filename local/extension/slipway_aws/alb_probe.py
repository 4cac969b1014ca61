"""ALB: one health check of a target.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import http.client
import ssl

from slipway_aws.alb_records import Key


def probe(target: Key, group: dict) -> str | None:
    """GET of the group's path on its port; None when the answer is in time and matches, else AWS's reason code."""
    port = group.get("HealthCheckPort", "traffic-port")
    number, timeout = target.port if port == "traffic-port" else int(port), group["HealthCheckTimeoutSeconds"]
    if group.get("HealthCheckProtocol") == "HTTPS":
        context = ssl.create_default_context()
        # A load balancer does not verify its targets' certificates.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(target.address, number, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(target.address, number, timeout=timeout)
    try:
        headers = {"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"}
        connection.request("GET", group.get("HealthCheckPath") or "/", headers=headers)
        status = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout"
    except (OSError, http.client.HTTPException):
        return "Target.FailedHealthChecks"
    finally:
        connection.close()
    return None if matches(status, group["Matcher"]["HttpCode"]) else "Target.ResponseCodeMismatch"


def matches(status: int, matcher: str) -> bool:
    """Whether a matcher such as "200", "200,302" or "200-399" accepts a status."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
