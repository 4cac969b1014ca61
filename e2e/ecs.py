"""The app's ECS service and target group, changed as an operator could, by calls to AWS."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass

#: What RegisterTaskDefinition takes of what DescribeTaskDefinition gives.
_REGISTERED = (
    "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes",
    "requiresCompatibilities", "cpu", "memory", "runtimePlatform",
)  # fmt: skip
#: Seconds for a rollout on a busy machine.
_ROLLOUT = 180


def eventually(what: str, condition: Callable[[], object], seconds: float = 60):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.2)
    return value


@dataclass
class Service:
    """One service behind a load balancer; `client` makes clients of AWS by name."""

    client: Callable
    cluster: str
    name: str

    def describe(self) -> dict:
        """The service as ECS describes it."""
        (found,) = self.client("ecs").describe_services(cluster=self.cluster, services=[self.name])["services"]
        return found

    @property
    def task_definition(self) -> str:
        """ARN of what it runs."""
        return self.describe()["taskDefinition"]

    def settled(self) -> dict | None:
        """The service, when its one deployment is complete and all its tasks run."""
        found = self.describe()
        (primary, *others) = found["deployments"]
        done = primary["rolloutState"] == "COMPLETED" and not others
        return found if done and found["runningCount"] == found["desiredCount"] and not found["pendingCount"] else None

    def wait(self) -> None:
        """Until it has settled and its targets are healthy, and no other is left."""
        eventually(f"service {self.name} settles", self.settled, _ROLLOUT)
        eventually(f"targets of {self.name} are healthy", self.healthy, _ROLLOUT)

    def healthy(self) -> bool:
        """Whether as many targets as tasks are wanted are healthy, and none is anything else but draining."""
        states = [state for state in self.target_states() if state != "draining"]
        return states == ["healthy"] * self.describe()["desiredCount"]

    def target_states(self) -> list[str]:
        """States of all targets."""
        described = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return [target["TargetHealth"]["State"] for target in described["TargetHealthDescriptions"]]

    @property
    def target_group(self) -> str:
        """ARN of its target group."""
        return self.describe()["loadBalancers"][0]["targetGroupArn"]

    def scale(self, tasks: int) -> None:
        """As many tasks, as autoscaling would set them."""
        self.client("ecs").update_service(cluster=self.cluster, service=self.name, desiredCount=tasks)
        self.wait()

    def tasks(self) -> list[dict]:
        """Its running tasks, the oldest first."""
        arns = self.client("ecs").list_tasks(cluster=self.cluster, serviceName=self.name)["taskArns"]
        if not arns:
            return []
        found = self.client("ecs").describe_tasks(cluster=self.cluster, tasks=arns)["tasks"]
        return sorted((t for t in found if t["lastStatus"] == "RUNNING"), key=lambda t: t["startedAt"])

    def stop_task(self) -> str:
        """Stops one task as `aws ecs stop-task` does, and a Spot reclaim; its ARN."""
        arn = self.tasks()[0]["taskArn"]
        self.client("ecs").stop_task(cluster=self.cluster, task=arn, reason="stopped by a test")
        return arn

    def wait_for_the_end(self, task: str) -> None:
        """Until a task has ended and another one has taken its place."""

        def ended() -> bool:
            (found,) = self.client("ecs").describe_tasks(cluster=self.cluster, tasks=[task])["tasks"]
            return found["lastStatus"] == "STOPPED"

        eventually(f"task {task} ends", ended, _ROLLOUT)
        self.wait()

    def register(self, change: Callable[[dict], None]) -> str:
        """Registers what it runs with a change to the app's container; the new ARN."""
        known = self.client("ecs").describe_task_definition(taskDefinition=self.task_definition)["taskDefinition"]
        definition = copy.deepcopy({key: known[key] for key in _REGISTERED if key in known})
        change(definition["containerDefinitions"][0])
        answer = self.client("ecs").register_task_definition(**definition)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def deregister(self, task_definition: str) -> None:
        """Lets nobody start it any more."""
        self.client("ecs").deregister_task_definition(taskDefinition=task_definition)

    def roll_out(self, task_definition: str) -> None:
        """Rolls a task definition out, and waits until it is done."""
        self.client("ecs").update_service(
            cluster=self.cluster, service=self.name, taskDefinition=task_definition, forceNewDeployment=True
        )
        self.wait()

    def attributes(self) -> dict[str, str]:
        """The target group's attributes."""
        found = self.client("elbv2").describe_target_group_attributes(TargetGroupArn=self.target_group)
        return {entry["Key"]: entry["Value"] for entry in found["Attributes"]}

    def set_attribute(self, key: str, value: str) -> None:
        """Changes one attribute of the target group."""
        self.client("elbv2").modify_target_group_attributes(
            TargetGroupArn=self.target_group, Attributes=[{"Key": key, "Value": value}]
        )


def set_variable(container: dict, name: str, value: str) -> None:
    """Sets an environment variable of a container definition."""
    container["environment"] = [v for v in container["environment"] if v["name"] != name]
    container["environment"].append({"name": name, "value": value})
