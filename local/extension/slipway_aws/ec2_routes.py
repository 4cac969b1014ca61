"""EC2: routes to any target, for any destination.

MiniStack takes a route to a network interface for a local one, and knows IPv4 destinations only.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
"""

from __future__ import annotations

from ministack.services import ec2

from slipway_aws.query_protocol import request

REQUIRED = {
    "services.ec2": {
        "_ACTION_MAP": "",
        "_route_tables": "",
        "_ROUTE_MEMBERS": "",
        "_rtb_fields_xml": "rtb, tag",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
    }
}

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def install() -> None:
    """Replaces the actions on single routes."""
    ec2._ACTION_MAP |= {"CreateRoute": create, "ReplaceRoute": replace, "DeleteRoute": delete}


def create(params):
    """CreateRoute."""
    return _put(params, "CreateRoute", exists=False)


def replace(params):
    """ReplaceRoute."""
    return _put(params, "ReplaceRoute", exists=True)


def delete(params):
    """DeleteRoute."""
    given = request("ec2", "DeleteRoute", params)
    table = ec2._route_tables.get(given.get("RouteTableId"))
    if table is None:
        return _no_table(given)
    kept = [route for route in table["Routes"] if _destination(route) != _destination(given)]
    if len(kept) == len(table["Routes"]):
        return _no_route(given)
    table["Routes"] = kept
    return ec2._xml(200, "DeleteRouteResponse", "<return>true</return>")


def _put(params, action, *, exists):
    given = request("ec2", action, params)
    table = ec2._route_tables.get(given.get("RouteTableId"))
    if table is None:
        return _no_table(given)
    members = (*_DESTINATIONS, *(name for name, _ in ec2._ROUTE_MEMBERS))
    route = {name: given[name] for name in members if name in given}
    if set(route) <= set(_DESTINATIONS):
        return ec2._error("MissingParameter", "The request must name a target for the route", 400)
    route |= {"State": "active", "Origin": "CreateRoute"}
    present = next((found for found in table["Routes"] if _destination(found) == _destination(given)), None)
    if exists and present is None:
        return _no_route(given)
    if not exists and present not in (None, route):
        what = f"The route identified by {_destination(given)[1]} already exists."
        return ec2._error("RouteAlreadyExists", what, 400)
    table["Routes"] = [*(found for found in table["Routes"] if found is not present), route]
    return ec2._xml(200, f"{action}Response", "<return>true</return>")


def _destination(route) -> tuple[str, str]:
    return next(((name, route[name]) for name in _DESTINATIONS if route.get(name)), ("", ""))


def _no_table(given):
    what = f"The routeTable ID '{given.get('RouteTableId', '')}' does not exist"
    return ec2._error("InvalidRouteTableID.NotFound", what, 400)


def _no_route(given):
    what = f"no route with destination-cidr-block {_destination(given)[1]} in route table {given['RouteTableId']}"
    return ec2._error("InvalidRoute.NotFound", what, 400)
