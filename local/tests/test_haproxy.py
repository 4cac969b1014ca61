"""Listeners' rules as HAProxy has them; that it carries traffic so is in test_load_balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

import pytest
from slipway_aws import haproxy_rules
from slipway_aws.haproxy_config import Backend, Frontend, Plane, Server, page, render, response
from slipway_aws.haproxy_rules import Listener

HTTPS = Listener("HTTPS", 443)


@pytest.mark.parametrize(
    ("condition", "tests"),
    [
        ({"Field": "path-pattern", "Values": ["/a.b/*"]}, [r"path -m reg '^/a\.b/.*$'"]),
        ({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x?"]}}, ["path -m reg '^/x.$'"]),
        ({"Field": "host-header", "Values": ["*.example.com"]}, [r"var(txn.host) -m reg -i '^.*\.example\.com$'"]),
        ({"Field": "http-request-method", "Values": ["GET", "PUT"]}, ["method GET", "method PUT"]),
        ({"Field": "source-ip", "Values": ["192.0.2.0/24"]}, ["src 192.0.2.0/24"]),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Key", "Values": ["it's"]}},
            [r"req.fhdr(X-Key) -m reg -i '^it'\''s$'"],
        ),
        ({"Field": "query-string", "Values": ["v=1"]}, ["url_param(v) -m reg -i '^1$'"]),
        ({"Field": "another", "Values": ["x"]}, ["always_false"]),
    ],
)
def test_conditions(condition, tests):
    assert haproxy_rules.tests(condition) == tests


@pytest.mark.parametrize(
    ("config", "locations"),
    [
        (
            {"Host": "new.example.com", "StatusCode": "HTTP_302"},
            ["https://new.example.com:443%[path]?%[query]", "https://new.example.com:443%[path]"],
        ),
        ({"Protocol": "HTTP", "Port": "8080", "Path": "/100%/#{path}", "Query": "a=1"},
         ["http://%[var(txn.host)]:8080/100%%%[path]?a=1"]),
        ({"Query": ""}, ["https://%[var(txn.host)]:443%[path]"]),
    ],
)  # fmt: skip
def test_redirects(config, locations):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html"""
    lines = haproxy_rules.redirect(config, HTTPS, "{ chosen }")
    assert [line.split("'")[1] for line in lines] == locations
    assert all("Server awselb/2.0" in line for line in lines)


@pytest.mark.parametrize(
    ("config", "lines"),
    [
        ({"Query": ""}, [
            "'https://%[var(txn.host)]:4543%[path]' hdr Server awselb/2.0 if { c } { var(txn.port) -m str 4580 }",
            "'https://%[var(txn.host)]:443%[path]' hdr Server awselb/2.0 if { c }",
        ]),
        ({"Host": "example.com", "Query": ""}, [
            "'https://example.com:4543%[path]' hdr Server awselb/2.0 if { c } { var(txn.port) -m str 4580 } "
            "{ str(example.com),map_str(/d/https.map) -m found }",
            "'https://example.com:443%[path]' hdr Server awselb/2.0 if { c }",
        ]),
        ({"Port": "8443", "Query": ""}, ["'https://%[var(txn.host)]:8443%[path]' hdr Server awselb/2.0 if { c }"]),
    ],
)  # fmt: skip
def test_a_redirect_keeps_the_client_on_the_ports_of_this_machine(config, lines):
    listener = Listener("HTTP", 80, published=(("http", 4580), ("https", 4543)), directory="/d")
    found = haproxy_rules.redirect({"Protocol": "HTTPS", "Port": "443"} | config, listener, "{ c }")
    assert [line.partition("Location ")[2] for line in found] == lines


def test_rules_are_tried_in_their_order_and_the_default_last():
    rules = [
        {"Conditions": [{"Field": "path-pattern", "Values": ["/a", "/b"]}], "Actions": [forward("one")]},
        {"IsDefault": True, "Actions": [forward("one", 1), forward("two", 3)][:1]},
    ]
    assert haproxy_rules.lines(rules, HTTPS, str, str) == [
        "acl r0c0 path -m reg '^/a$'",
        "acl r0c0 path -m reg '^/b$'",
        "http-request set-var(txn.rule) int(0) if !{ var(txn.rule) -m found } r0c0",
        "http-request set-var(txn.rule) int(1) if !{ var(txn.rule) -m found }",
        "use_backend one if { var(txn.rule) -m int 0 }",
        "use_backend one if { var(txn.rule) -m int 1 }",
    ]


def forward(group, weight=1):
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": weight}]}}


def test_weights_share_the_requests():
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html"""
    weighted = [{"TargetGroupArn": name, "Weight": weight} for name, weight in (("one", 1), ("none", 0), ("two", 9))]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}
    assert haproxy_rules.forward(action, "{ c }", 0, str) == (
        ["http-request set-var(txn.weight) rand(10) if { c }"],
        ["use_backend one if { c } { var(txn.weight) -m int lt 1 }",
         "use_backend two if { c } { var(txn.weight) -m int lt 10 }"],
    )  # fmt: skip


def test_what_a_configuration_says(tmp_path):
    servers = (Server("t1", "10.0.0.1", 8000, True), Server("t2", "10.0.0.2", 8000, False))
    backend = Backend("group", "least_outstanding_requests", idle_timeout=60, servers=servers)
    frontend = Frontend("listener", HTTPS, ("use_backend group",), 60, drop_invalid_headers=True)
    plane = Plane(tmp_path, "*:1", "*:2", (frontend,), (backend,), tls=True)
    lines = [line.strip() for line in render(plane).split("\n")]
    for line in (
        "retries 0",
        "balance leastconn",
        "http-reuse always",
        "option http-restrict-req-hdr-names delete",
        "server t1 10.0.0.1:8000 pool-purge-delay 10s",
        "server t2 10.0.0.2:8000 pool-purge-delay 10s disabled",
        f"bind *:2 ssl crt-list {tmp_path}/certificates.list alpn h2,http/1.1 ssl-min-ver TLSv1.2",
    ):
        assert line in lines, line
    assert "option redispatch" not in lines


def test_a_load_balancers_own_pages():
    head, _, body = response(504).partition("\r\n\r\n")
    assert "HTTP/1.1 504 Gateway Time-out\r\nServer: awselb/2.0\r\n" in head
    assert body == page(504)
    assert f"Content-Length: {len(body)}" in head
