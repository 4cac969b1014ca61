"""The whole way: requests through the proxy, a recording, a verdict."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import sent

from apicheck import command, recorder

GOOD = sent("logs", "PutRetentionPolicy", {"logGroupName": "a", "retentionInDays": 30})
#: One fault of every kind, and what the report calls it.
FAULTS = {
    "missing": sent("logs", "PutRetentionPolicy", {"retentionInDays": 30}),
    "unknown": replace(GOOD, body=GOOD.body.replace(b"retentionInDays", b"retention")),
    "type": replace(GOOD, body=GOOD.body.replace(b"30", b'"30"')),
    "unlisted": sent("elbv2", "DescribeTargetHealth", {"TargetGroupArn": "a", "Include": ["Everything"]}),
    "pattern": sent("logs", "PutRetentionPolicy", {"logGroupName": "a b", "retentionInDays": 30}),
    "length": sent("logs", "PutRetentionPolicy", {"logGroupName": "a" * 513, "retentionInDays": 30}),
    "range": sent("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "EvaluationPeriods": 0, "ComparisonOperator": "GreaterThanThreshold"}),
    "union": sent("logs", "PutIntegration", {"integrationName": "a", "integrationType": "OPENSEARCH", "resourceConfig": {}}),
    "request": replace(GOOD, headers={}),
    "logs-retention": sent("logs", "PutRetentionPolicy", {"logGroupName": "a", "retentionInDays": 31}),
}  # fmt: skip

def test_a_right_recording_passes(tmp_path, capsys):
    recorder.write(tmp_path / "sent.gz", [GOOD, GOOD])
    assert command.main(["--recording", str(tmp_path / "sent.gz")]) == 0
    assert "no fault" in capsys.readouterr().out


@pytest.mark.parametrize("kind", FAULTS)
def test_one_fault_among_right_requests_fails(kind, tmp_path, capsys):
    recorder.write(tmp_path / "sent.gz", [GOOD, FAULTS[kind], GOOD])
    assert command.main(["--recording", str(tmp_path / "sent.gz")]) == 1
    printed = capsys.readouterr().out
    assert f"  {kind}: " in printed
    assert "first in: test" in printed


def test_calls_are_saved_once_with_how_often(tmp_path):
    judged = command.judge([GOOD, replace(GOOD, status=400), FAULTS["pattern"]])
    command.save(tmp_path / "calls.gz", [call for call, _ in judged])
    with gzip.open(tmp_path / "calls.gz", "rt") as file:
        first, second = map(json.loads, file)
    assert first == {
        "run": "test", "service": "logs", "operation": "PutRetentionPolicy", "times": 2, "statuses": [200, 400],
        "parameters": {"logGroupName": "a", "retentionInDays": 30},
    }  # fmt: skip
    assert second["times"] == 1


@pytest.fixture
def upstream():
    """A service that runs every task, and says what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Says nothing."""

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            task = {"taskArn": "t1", "lastStatus": "RUNNING", "containers": [{"name": "command"}]}
            other = task | {"taskArn": "t2"}
            target = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = json.dumps({"tasks": [task] if target == "RunTask" else [task, other]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_the_recorder_keeps_requests_and_ends_commands(upstream):
    proxy = recorder.Recorder(upstream)
    proxy.run = "staging up"
    try:
        tasks = {action: _post(proxy.port, action) for action in ("RunTask", "DescribeTasks")}
    finally:
        proxy.close()
    assert [t["lastStatus"] for t in tasks["RunTask"]] == ["RUNNING"]
    ended, running = tasks["DescribeTasks"]
    assert ended["lastStatus"] == "STOPPED"
    assert ended["containers"][0]["exitCode"] == 0
    assert running["lastStatus"] == "RUNNING"
    assert [(r.run, r.method, r.body) for r in proxy.requests] == [("staging up", "POST", b'{"a": 1}')] * 2


def _post(port: int, action: str) -> list[dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        # In chunks, as SDKs send streams.
        connection.request(
            "POST", "/", iter([b'{"a"', b": 1}"]), {"X-Amz-Target": f"AmazonEC2ContainerServiceV20141113.{action}"}, encode_chunked=True
        )
        return json.load(connection.getresponse())["tasks"]
    finally:
        connection.close()
