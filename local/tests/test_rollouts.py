"""A service rolls out, loses tasks and rolls back as ECS documents it, under requests. Needs a Docker engine."""

import threading
import time

import docker
import pytest
from conftest import wait_for
from service import Service

pytestmark = pytest.mark.engine

#: Logs every request, serves on for 5 seconds after SIGTERM, and is what its environment says.
APP = """
import http.server, os, signal, sys, threading, time
how = os.environ["HOW"]
if how == "crash":
    sys.exit(3)
def stop(*_):
    print("SIGTERM", flush=True)
    threading.Timer(5, lambda: os._exit(0)).start()
signal.signal(signal.SIGTERM, stop)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path != "/health":
            print("GET", flush=True)
        body = how.encode()
        self.send_response(500 if self.path == "/health" and how == "sick" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("", 8000), Handler)
server.handle_error = lambda *_: None
server.serve_forever()
"""


class Rolling(Service):
    """Two tasks of one container each, without a grace period."""

    def __init__(self, local_aws):
        super().__init__(local_aws, "python:3.13-slim", "roll")
        self.create(self.define("one"), desiredCount=2, healthCheckGracePeriodSeconds=0)
        self.settled("one")

    def define(self, how):
        options = {"awslogs-group": "roll", "awslogs-region": "us-east-1", "awslogs-stream-prefix": how}
        app = {
            "name": "app", "image": self.image, "essential": True, "command": ["python", "-c", APP], "stopTimeout": 20,
            "environment": [{"name": "HOW", "value": how}], "portMappings": [{"containerPort": 8000}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        return self.ecs.register_task_definition(
            family="roll", taskRoleArn=self.role, cpu="256", memory="256", networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"], containerDefinitions=[app],
        )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip

    def update(self, how):
        self.ecs.update_service(cluster=self.name, service=self.name, taskDefinition=self.define(how))

    def settled(self, how):
        """The service once all its tasks are of this kind and healthy, and the deployment is complete."""

        def found():
            service = self.described()
            states = [(d["status"], d["rolloutState"], d["runningCount"]) for d in service["deployments"]]
            details = [d for task in self.running() for a in task["attachments"] for d in a["details"]]
            addresses = {detail["value"] for detail in details if detail["name"] == "privateIPv4Address"}
            complete = states == [("PRIMARY", "COMPLETED", 2)] and self.healthy() == addresses
            return complete and self.get()[1] == how.encode() and service

        return wait_for(found, f"a completed deployment of {how}", 120)

    def healthy(self):
        """Addresses of the targets that serve."""
        arn = self.described()["loadBalancers"][0]["targetGroupArn"]
        found = self.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {target["Target"]["Id"] for target in found if target["TargetHealth"]["State"] == "healthy"}

    def running(self):
        arns = self.ecs.list_tasks(cluster=self.name, serviceName=self.name)["taskArns"]
        return self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []

    def events(self):
        """Messages of the service's events, oldest first, without its name."""
        return [e["message"].removeprefix("(service roll) ") for e in reversed(self.described()["events"])]


class Load:
    """Requests, one after the other on connections of their own, and what became of them."""

    def __init__(self, service):
        self.service, self.answers, self.going = service, [], True

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while self.going:
            try:
                self.answers.append(self.service.get()[0])
            except OSError as problem:
                self.answers.append(problem)
            time.sleep(0.02)

    def __exit__(self, *_):
        self.going = False
        self.thread.join()

    def failed(self):
        return [answer for answer in self.answers if answer != 200]


@pytest.fixture(scope="module")
def service(local_aws):
    made = Rolling(local_aws)
    yield made
    made.ecs.delete_service(cluster="roll", service="roll", force=True)
    wait_for(lambda: made.described()["status"] == "INACTIVE", "the end of the service")


def test_old_tasks_are_drained_before_sigterm_when_new_ones_are_healthy(service):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html"""
    seen = len(service.events())
    with Load(service) as load:
        service.update("two")
        primary = service.settled("two")["deployments"][0]
    assert load.failed() == []
    assert primary["rolloutStateReason"] == f"ECS deployment {primary['id']} completed."
    for stream in {e["logStreamName"] for e in service.logs.filter_log_events(
            logGroupName="roll", logStreamNamePrefix="one/")["events"]}:  # fmt: skip
        lines = service.messages(stream)
        assert "GET" not in lines[lines.index("SIGTERM") :], "a request reached a task after SIGTERM"
    order = [event.split(" ")[0] + " " + event.split(" ")[1] for event in service.events()[seen:]]
    assert order.index("has started") < order.index("registered 1") < order.index("has begun")
    assert order[-2:] == [f"(deployment {primary['id']})", "has reached"]
    old = [task for task in service.stopped() if task["stopCode"] == "ServiceSchedulerInitiated"]
    assert [task["containers"][0]["exitCode"] for task in old] == [0, 0]
    assert {task["stoppedReason"] for task in old} == {f"Scaling activity initiated by (deployment {primary['id']})"}
    assert {task["startedBy"] for task in service.running()} == {primary["id"]}


def test_a_task_stopped_by_a_user_still_gets_requests_after_sigterm(service):
    """https://github.com/aws/amazon-ecs-agent/issues/2316"""
    victim = service.running()[0]
    stream = "two/app/" + victim["taskArn"].rpartition("/")[2]
    with Load(service) as load:
        service.ecs.stop_task(cluster="roll", task=victim["taskArn"], reason="a fault")
        wait_for(lambda: victim["taskArn"] in {t["taskArn"] for t in service.stopped()}, "a stopped task")
        service.settled("two")
    assert load.failed() == []
    lines = service.messages(stream)
    assert "GET" in lines[lines.index("SIGTERM") :]
    (task,) = [t for t in service.stopped() if t["taskArn"] == victim["taskArn"]]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "a fault")


def test_a_killed_task_is_replaced(service):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"""
    victim = service.running()[0]
    identifier = victim["taskArn"].rpartition("/")[2]
    (container,) = docker.from_env().containers.list(
        ignore_removed=True, filters={"label": f"com.amazonaws.ecs.task-arn={victim['taskArn']}"}
    )
    container.kill()
    task = wait_for(lambda: next((t for t in service.stopped() if identifier in t["taskArn"]), None), "a stopped task")
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited", "Essential container in task exited",
    )  # fmt: skip
    wait_for(lambda: service.ecs.describe_tasks(cluster="roll", tasks=[victim["taskArn"]])["tasks"][0]["lastStatus"]
             == "STOPPED", "the end of the task")  # fmt: skip
    (stopped,) = service.ecs.describe_tasks(cluster="roll", tasks=[victim["taskArn"]])["tasks"]
    assert stopped["containers"][0]["exitCode"] == 137
    service.settled("two")


@pytest.mark.parametrize(
    ("how", "reason", "why"),
    [
        ("crash", "tasks failed to start", "Essential container in task exited"),
        ("sick", "tasks failed health checks", "Task failed ELB health checks in (target-group arn:"),
    ],
)
def test_a_bad_version_is_rolled_back_and_no_request_fails(service, how, reason, why):
    """Half of the desired tasks, at least 3, failed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    before, failed = service.described()["deployments"][0], {}
    with Load(service) as load:
        service.update(how)

        def rolled_back():
            now = service.described()["deployments"]
            failed.update({d["id"]: d for d in now if d["rolloutState"] == "FAILED"})
            return failed and len(now) == 1 and now[0]["rolloutState"] == "COMPLETED"

        wait_for(rolled_back, "a rollback", 120)
        service.settled("two")
    assert load.failed() == []
    ((identifier, bad),) = failed.items()
    assert bad["failedTasks"] >= 3
    assert bad["rolloutStateReason"] == f"ECS deployment circuit breaker: {reason}."
    assert service.described()["deployments"][0]["id"] == before["id"]
    assert service.described()["taskDefinition"] == before["taskDefinition"]
    assert f"(deployment {identifier}) deployment failed: {reason}." in service.events()
    assert f"rolling back to deployment {before['id']}." in service.events()
    assert [t for t in service.stopped() if t["startedBy"] == identifier and t["stoppedReason"].startswith(why)]
