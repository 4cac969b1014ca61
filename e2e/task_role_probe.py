"""What the task role lets the app's code do.

Takes the environment's names as JSON and, in the usual variables, the credentials that any code in
the app's container has. Tries every action and prints JSON: action -> "allowed", or the code of
AWS's refusal.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

names = json.loads(sys.argv[1])


def client(service: str):
    # One attempt: a refusal is an answer.
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}))


s3, secrets, iam, ec2, kms = (client(name) for name in ("s3", "secretsmanager", "iam", "ec2", "kms"))
bucket, key = names["media_bucket"], "media/task-role-probe.txt"

allowed = {
    "write media": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"probe"),
    "read media": lambda: s3.get_object(Bucket=bucket, Key=key)["Body"].read(),
    "list media": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="media/"),
    "delete media": lambda: s3.delete_object(Bucket=bucket, Key=key),
    "read the database's credentials": lambda: secrets.get_secret_value(SecretId=names["database_secret"]),
}
forbidden = {
    "write outside media/": lambda: s3.put_object(Bucket=bucket, Key="private/probe.txt", Body=b"probe"),
    "list the whole bucket": lambda: s3.list_objects_v2(Bucket=bucket),
    "read the state": lambda: s3.list_objects_v2(Bucket=names["state_bucket"]),
    "write the state": lambda: s3.put_object(Bucket=names["state_bucket"], Key="probe", Body=b"probe"),
    "open the bucket": lambda: s3.delete_public_access_block(Bucket=bucket),
    "delete the bucket's policy": lambda: s3.delete_bucket_policy(Bucket=bucket),
    "read another secret": lambda: secrets.get_secret_value(SecretId=names["other_secret"]),
    "overwrite the database's credentials": lambda: secrets.put_secret_value(
        SecretId=names["database_secret"], SecretString="{}"
    ),
    "list secrets": lambda: secrets.list_secrets(),
    "list roles": lambda: iam.list_roles(),
    "widen its own role": lambda: iam.put_role_policy(
        RoleName=names["task_role"],
        PolicyName="everything",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ),
    "take another role": lambda: client("sts").assume_role(RoleArn=names["execution_role_arn"], RoleSessionName="probe"),
    "look at the network": lambda: ec2.describe_instances(),
    "start an instance": lambda: ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1),
    "open a port": lambda: ec2.authorize_security_group_ingress(
        GroupId=names["security_group"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    ),
    "delete the database": lambda: client("rds").delete_db_instance(
        DBInstanceIdentifier=names["database"], SkipFinalSnapshot=True
    ),
    "delete a key": lambda: kms.schedule_key_deletion(KeyId=names["database_key"], PendingWindowInDays=7),
    "stop the service": lambda: client("ecs").update_service(
        cluster=names["cluster"], service=names["service"], desiredCount=0
    ),
    "delete the log": lambda: client("logs").delete_log_group(logGroupName=names["log_group"]),
    "read parameters": lambda: client("ssm").get_parameters_by_path(Path="/"),
    "list tables": lambda: client("dynamodb").list_tables(),
}


def outcome(action) -> str:
    try:
        action()
    except ClientError as refusal:
        return refusal.response["Error"]["Code"]
    return "allowed"


print(
    json.dumps(
        {
            "allowed": {name: outcome(action) for name, action in allowed.items()},
            "forbidden": {name: outcome(action) for name, action in forbidden.items()},
        }
    )
)
