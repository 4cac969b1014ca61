"""RDS: the master password that RDS itself manages in Secrets Manager, for DB instances.

MiniStack 1.5.33 knows ManageMasterUserPassword for clusters only.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

from __future__ import annotations

import json
import uuid

from ministack.core.responses import get_account_id, get_region
from ministack.services import rds, secretsmanager

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_instances": "",
        "_resolve_instance": "db_id",
        "_generate_master_user_password": "",
        "_p": "params, key, default",
        "_error": "code, message, status",
        "_single_instance_response": "root_tag, result_tag, instance",
    },
    "services.secretsmanager": {
        "_secrets": "",
        "_rotate_secret": "data",
        "_resolve": "secret_id, use_arn_scope",
        "create_secret_in_process": "name, secret_string, description",
        "put_secret_value_in_process": "secret_id, secret_string",
        "delete_secret_in_process": "secret_id",
    },
}

#: Names of secrets that RDS owns for an instance.
PREFIX = "rds!db-"


def install() -> None:
    """Wraps creating, changing and deleting instances, and rotating their secrets; rds_describe writes them out."""
    _wrap("CreateDBInstance", _create)
    _wrap("ModifyDBInstance", _modify)
    _wrap("DeleteDBInstance", _delete)
    _rotate(secretsmanager._rotate_secret)


def _wrap(action, wrapper):
    original = rds._ACTION_MAP[action]
    rds._ACTION_MAP[action] = lambda params: wrapper(original, params)


def _create(original, params):
    managed = rds._p(params, "ManageMasterUserPassword") == "true"
    if not managed or rds._p(params, "DBClusterIdentifier"):
        return original(params)
    if rds._p(params, "MasterUserPassword"):
        return rds._error(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
            400,
        )
    password = rds._generate_master_user_password()
    response = original({**params, "MasterUserPassword": [password]})
    if response[0] != 200:
        return response
    instance = rds._instances[rds._p(params, "DBInstanceIdentifier")]
    _attach(instance, password, rds._p(params, "MasterUserSecretKmsKeyId"))
    return rds._single_instance_response("CreateDBInstanceResponse", "CreateDBInstanceResult", instance)


def _modify(original, params):
    instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
    secret = instance and instance.get("MasterUserSecret")
    manage = rds._p(params, "ManageMasterUserPassword")
    password = rds._p(params, "MasterUserPassword")
    rotate = rds._p(params, "RotateMasterUserPassword") == "true"
    if instance is None or not (secret or manage == "true"):
        return original(params)
    if password and manage != "false":
        return rds._error(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
            400,
        )
    if (manage == "true" and not secret) or rotate:
        password = rds._generate_master_user_password()
        params = {**params, "MasterUserPassword": [password]}
    response = original(params)
    if response[0] != 200:
        return response
    if manage == "false" and secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])
        instance.pop("MasterUserSecret")
    elif secret and rotate:
        _store(instance, password)
    elif manage == "true" and not secret:
        _attach(instance, password, rds._p(params, "MasterUserSecretKmsKeyId"))
    return rds._single_instance_response("ModifyDBInstanceResponse", "ModifyDBInstanceResult", instance)


def _delete(original, params):
    instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
    response = original(params)
    secret = instance and instance.get("MasterUserSecret")
    if response[0] == 200 and secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])
    return response


def _attach(instance, password, kms_key):
    """Creates the secret and names it in the instance."""
    name = PREFIX + str(uuid.uuid4())
    arn = secretsmanager.create_secret_in_process(
        name,
        _content(instance, password),
        description=f"The secret associated with the primary RDS DB instance: {instance['DBInstanceArn']}",
    )
    record = secretsmanager._secrets[name]
    record["KmsKeyId"] = kms_key or None
    record["OwningService"] = "rds"
    record["RotationEnabled"] = True
    # RDS rotates every seven days.
    record["RotationRules"] = {"AutomaticallyAfterDays": 7}
    record["Tags"] = [
        {"Key": "aws:rds:primaryDBInstanceArn", "Value": instance["DBInstanceArn"]},
        {"Key": "aws:secretsmanager:owningService", "Value": "rds"},
    ]
    instance["MasterUserSecret"] = {
        "SecretArn": arn,
        "SecretStatus": "active",
        "KmsKeyId": kms_key or f"arn:aws:kms:{get_region()}:{get_account_id()}:key/aws-secretsmanager-default",
    }


def _store(instance, password):
    secretsmanager.put_secret_value_in_process(instance["MasterUserSecret"]["SecretArn"], _content(instance, password))


def _content(instance, password):
    return json.dumps({"username": instance["MasterUsername"], "password": password})


def _rotate(original):
    """RotateSecret on a secret of RDS changes the database's password too, without a Lambda function."""

    def rotate_secret(data):
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        if secret and secret["Name"].startswith(PREFIX):
            instance = next(
                (i for i in rds._instances.values() if i.get("MasterUserSecret", {}).get("SecretArn") == secret["ARN"]),
                None,
            )
            if instance:
                password = rds._generate_master_user_password()
                rds._rotate_instance_password(instance, instance["_MasterUserPassword"], password)
                instance["_MasterUserPassword"] = password
                _store(instance, password)
                version = next(v for v, body in secret["Versions"].items() if "AWSCURRENT" in body["Stages"])
                answer = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version}
                return secretsmanager.json_response(answer)
        return original(data)

    secretsmanager._rotate_secret = rotate_secret
