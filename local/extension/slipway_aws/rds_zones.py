"""RDS: the zones that an instance and its standby are in, which keep their subnets, and it its subnet group.

MiniStack has every instance in the region's first zone, and lets any subnet and any group go.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from ministack.services import rds

from slipway_aws.query_protocol import request

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_instances": "",
        "_subnet_groups": "",
        "_error": "code, message, status",
        "_resolve_instance": "db_id",
        "_resolve_subnet_group_members": "subnet_ids",
        "_single_instance_response": "root_tag, result_tag, instance",
    }
}

_PLACING = ("CreateDBInstance", "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance")


def install() -> None:
    """Wraps what places an instance, moves it, and takes subnets away."""
    for action in _PLACING:
        rds._ACTION_MAP[action] = _placing(action, rds._ACTION_MAP[action])
    rds._ACTION_MAP["RebootDBInstance"] = _rebooting(rds._ACTION_MAP["RebootDBInstance"])
    rds._ACTION_MAP["DeleteDBSubnetGroup"] = _deleting(rds._ACTION_MAP["DeleteDBSubnetGroup"])
    rds._ACTION_MAP["ModifyDBSubnetGroup"] = _shrinking(rds._ACTION_MAP["ModifyDBSubnetGroup"])


def _placing(action, original):
    def call(params):
        given = request("rds", action, params)
        if action == "ModifyDBInstance" and _moves(given):
            what = "The specified DB subnet group and DB instance are in the same VPC. Choose one in a different VPC."
            return rds._error("InvalidVPCNetworkStateFault", what, 400)
        response = original(params)
        instance = rds._resolve_instance(given.get("DBInstanceIdentifier", "")) if response[0] == 200 else None
        if not instance:
            return response
        zones = _zones((instance.get("DBSubnetGroup") or {}).get("Subnets") or [])
        if zones and action != "ModifyDBInstance":
            instance["AvailabilityZone"] = given.get("AvailabilityZone") or zones[0]
        others = [zone for zone in zones if zone != instance["AvailabilityZone"]]
        if not instance.get("MultiAZ") or not others:
            instance["SecondaryAvailabilityZone"] = ""
        elif instance.get("SecondaryAvailabilityZone") not in others:
            instance["SecondaryAvailabilityZone"] = others[-1]
        return rds._single_instance_response(f"{action}Response", f"{action}Result", instance)

    return call


def _moves(given) -> bool:
    """Whether a modification leads an instance to another subnet group of its VPC, which RDS never does."""
    instance, group = rds._resolve_instance(given["DBInstanceIdentifier"]), rds._subnet_groups.get(given.get("DBSubnetGroupName"))
    present = (instance or {}).get("DBSubnetGroup") or {}
    return bool(group and present) and (
        group["DBSubnetGroupName"] != present["DBSubnetGroupName"] and group["VpcId"] == present["VpcId"]
    )


def _rebooting(original):
    """A reboot with failover: the standby takes over."""

    def call(params):
        given = request("rds", "RebootDBInstance", params)
        instance = rds._resolve_instance(given.get("DBInstanceIdentifier", ""))
        if not instance or not given.get("ForceFailover"):
            return original(params)
        standby = instance.get("SecondaryAvailabilityZone")
        if not standby:
            what = "Cannot force failover: the instance has no standby."
            return rds._error("InvalidParameterCombination", what, 400)
        response = original(params)
        if response[0] == 200:
            instance |= {"AvailabilityZone": standby, "SecondaryAvailabilityZone": instance["AvailabilityZone"]}
        return response

    return call


def _instances_in(group: str) -> list[dict]:
    return [i for i in rds._instances.values() if (i.get("DBSubnetGroup") or {}).get("DBSubnetGroupName") == group]


def _deleting(original):
    def call(params):
        name = request("rds", "DeleteDBSubnetGroup", params).get("DBSubnetGroupName", "")
        for instance in _instances_in(name):
            what = f"Cannot delete the subnet group '{name}': {instance['DBInstanceIdentifier']} is still using it."
            return rds._error("InvalidDBSubnetGroupStateFault", what, 400)
        return original(params)

    return call


def _shrinking(original):
    def call(params):
        given = request("rds", "ModifyDBSubnetGroup", params)
        kept = rds._resolve_subnet_group_members(given.get("SubnetIds") or [])
        for instance in _instances_in(given.get("DBSubnetGroupName", "")) if kept else []:
            zones = {instance["AvailabilityZone"], instance.get("SecondaryAvailabilityZone") or instance["AvailabilityZone"]}
            if gone := zones - set(_zones(kept[0])):
                what = f"{instance['DBInstanceIdentifier']} is in {', '.join(sorted(gone))}: its subnet is in use."
                return rds._error("SubnetAlreadyInUse", what, 400)
        return original(params)

    return call


def _zones(subnets) -> list[str]:
    return [subnet["SubnetAvailabilityZone"]["Name"] for subnet in subnets]
