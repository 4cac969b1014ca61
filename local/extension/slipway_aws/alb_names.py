"""ALB: names that lead to a load balancer on this machine.

A load balancer's DNS name ends in alb.localhost, which browsers and curl resolve to this machine, so that its URL opens
here on the ports of the load balancers. A name of a Route 53 alias record leads to the load balancer that the record
names.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
"""

from __future__ import annotations

from ministack import app
from ministack.services import alb, route53

from slipway_aws.settings import SETTINGS

REQUIRED = {
    "app": {
        "_handle_alb_request": "host, path, method, headers, body, query_params, raw_query_string, raw_path",
        "_is_potential_alb_request": "host, path",
    },
    "services.alb": {
        "_ACTION_MAP": "",
        "_lb_xml": "lb",
        "_xml": "status, action, inner",
        "_find_lb_by_name": "name",
        "_p": "params, key, default",
        "find_lb_for_host": "host",
    },
    "services.route53": {"_records": ""},
}

_AWS_SUFFIX = ".elb.amazonaws.com"
_SUFFIX = ".alb.localhost"


def install() -> None:
    """Wraps CreateLoadBalancer, and sends who asks the API's port for a load balancer to the right one."""
    create = alb._ACTION_MAP["CreateLoadBalancer"]
    is_alb = app._is_potential_alb_request

    def create_load_balancer(params):
        response = create(params)
        lb = alb._find_lb_by_name(alb._p(params, "Name") or "")
        if response[0] != 200 or lb is None:
            return response
        lb["DNSName"] = lb["DNSName"].removesuffix(_AWS_SUFFIX) + _SUFFIX
        return alb._xml(200, "CreateLoadBalancer", f"<LoadBalancers>{alb._lb_xml(lb)}</LoadBalancers>")

    async def handle_alb_request(host, path, method, headers, body, query_params, raw_query_string=None, raw_path=None):
        name = host.split(":")[0].lower()
        if alb.find_lb_for_host(aliases().get(name, name)) is None:
            return None
        text = f"{name} is a load balancer: use port {SETTINGS.http} (HTTP) or {SETTINGS.https} (HTTPS)\n"
        return 421, {"Content-Type": "text/plain"}, text.encode()

    alb._ACTION_MAP["CreateLoadBalancer"] = create_load_balancer
    app._handle_alb_request = handle_alb_request
    app._is_potential_alb_request = lambda host, path: is_alb(host, path) or host.split(":")[0].lower() in aliases()


def aliases() -> dict[str, str]:
    """Names of Route 53 alias records, and the names that they point at."""
    records = [record for found in list(route53._records._data.values()) for record in list(found)]
    aliases = [(record["Name"], record["AliasTarget"]["DNSName"]) for record in records if record.get("AliasTarget")]
    return {_bare(name): _bare(target).removeprefix("dualstack.") for name, target in aliases}


def _bare(name: str) -> str:
    return name.lower().rstrip(".")
