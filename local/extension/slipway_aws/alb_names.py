"""ALB: names that lead to a load balancer on this machine.

A load balancer's DNS name ends in alb.localhost, which browsers and curl resolve to this machine, so that its URL opens
here on the port of the local AWS. A name of a Route 53 alias record leads to the load balancer that the record names.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
"""

from __future__ import annotations

from ministack import app
from ministack.services import alb, route53

REQUIRED = {
    "app": {"_is_potential_alb_request": "host, path"},
    "services.alb": {
        "_ACTION_MAP": "",
        "_lbs": "",
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
    """Wraps CreateLoadBalancer and the search of a load balancer by the Host header."""
    create, is_alb, find = alb._ACTION_MAP["CreateLoadBalancer"], app._is_potential_alb_request, alb.find_lb_for_host

    def create_load_balancer(params):
        response = create(params)
        lb = alb._find_lb_by_name(alb._p(params, "Name") or "")
        if response[0] != 200 or lb is None:
            return response
        lb["DNSName"] = lb["DNSName"].removesuffix(_AWS_SUFFIX) + _SUFFIX
        return alb._xml(200, "CreateLoadBalancer", f"<LoadBalancers>{alb._lb_xml(lb)}</LoadBalancers>")

    def is_potential_alb_request(host, path):
        return is_alb(host, path) or alias(host) is not None

    def find_lb_for_host(host):
        return find(alias(host) or host)

    alb._ACTION_MAP["CreateLoadBalancer"] = create_load_balancer
    app._is_potential_alb_request = is_potential_alb_request
    alb.find_lb_for_host = find_lb_for_host


def alias(host: str) -> str | None:
    """The name that a Route 53 alias record of this host points at."""
    name = host.split(":")[0].lower().rstrip(".")
    for records in route53._records.values():
        for record in records:
            target = record.get("AliasTarget")
            if target and record["Name"].lower().rstrip(".") == name:
                return target["DNSName"].lower().rstrip(".").removeprefix("dualstack.")
    return None
