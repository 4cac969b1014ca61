"""A service on Fargate with a migration before it, behind a load balancer."""

import http.client
import json

from conftest import make_subnets

#: Answers with its environment, user and whether its root is writable; takes 7 seconds to stop.
APP = """
import http.server, json, os, signal, sys, time
def stop(*_):
    time.sleep(7)
    print("bye", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            open("/root-is-writable", "w").close(); writable = True
        except OSError:
            writable = False
        open("/scratch/file", "w").close()
        body = json.dumps({"environment": dict(os.environ), "user": os.getuid(), "writable": writable}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""


class Service:
    """A service with a migration before it, behind a load balancer."""

    def __init__(self, local_aws, image, name="web"):
        self.aws, self.image, self.name = local_aws, image, name
        self.ecs, self.elb, self.logs = (local_aws.client(name) for name in ("ecs", "elbv2", "logs"))
        self.logs.create_log_group(logGroupName=self.name)
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.role = local_aws.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]["Arn"]
        secrets = local_aws.client("secretsmanager")
        self.secret = secrets.create_secret(Name=self.name, SecretString='{"key": "value"}')["ARN"]

    def create(self, definition, **settings):
        ec2 = self.aws.client("ec2")
        subnets = make_subnets(ec2, "10.2" if self.name == "web" else "10.5")
        vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
        balancer = self.elb.create_load_balancer(Name=self.name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        group = self.elb.create_target_group(
            Name=self.name, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip", HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2, HealthCheckPath="/health",
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        self.ecs.create_cluster(clusterName=self.name)
        settings = {"desiredCount": 1} | settings
        self.ecs.create_service(
            cluster=self.name, serviceName=self.name, launchType="FARGATE", taskDefinition=definition, **settings,
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
            loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8000}],
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )

    def definition(self, migration):
        def log(prefix):
            options = {"awslogs-group": self.name, "awslogs-region": "us-east-1", "awslogs-stream-prefix": prefix}
            return {"logDriver": "awslogs", "options": options}

        app = {
            "name": "app", "image": self.image, "essential": True, "command": ["python", "-c", APP], "user": "1000",
            "readonlyRootFilesystem": True, "stopTimeout": 20, "logConfiguration": log("app"),
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
            "portMappings": [{"containerPort": 8000}],
            "secrets": [{"name": "KEY", "valueFrom": f"{self.secret}:key::"}],
            "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}],
        }
        # Its volume is writable for the app, which is not root.
        prepare = {
            "name": "migrate", "image": self.image, "essential": False, "logConfiguration": log("migrate"),
            "command": ["sh", "-c", f"chmod 0777 /scratch; {migration}"],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
        }
        return self.ecs.register_task_definition(
            family="web", taskRoleArn=self.role, cpu="256", memory="512", networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            volumes=[{"name": "scratch"}], containerDefinitions=[app, prepare],
        )["taskDefinition"]["taskDefinitionArn"]

    def get(self):
        """Status and body of a request through the load balancer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.aws.http, timeout=30)
        try:
            connection.request("GET", "/", headers={"Host": f"{self.name}.alb.localhost"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def messages(self, stream):
        events = self.logs.filter_log_events(logGroupName=self.name, logStreamNamePrefix=stream)["events"]
        return [event["message"] for event in events]

    def described(self):
        return self.ecs.describe_services(cluster=self.name, services=[self.name])["services"][0]

    def stopped(self):
        arns = self.ecs.list_tasks(cluster=self.name, desiredStatus="STOPPED")["taskArns"]
        return self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []
