"""The OpenAPI schema, seen by others than the library that writes it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator, validate


@pytest.fixture(scope="module")
def schema() -> dict:
    return (
        Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    )


def operations(schema: dict) -> dict[str, dict]:
    return {
        operation["operationId"]: operation
        for path in schema["paths"].values()
        for operation in path.values()
    }


def test_no_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_an_independent_validator_agrees(schema):
    assert schema["openapi"].startswith("3.1")

    validate(schema, cls=OpenAPIV31SpecValidator)


def test_every_operation_is_described(schema):
    found = operations(schema)

    assert len(found) == 24
    assert all(operation["description"] for operation in found.values())


def test_every_refusal_is_a_problem(schema):
    for name, operation in operations(schema).items():
        refusals = {status: r for status, r in operation["responses"].items() if status >= "400"}
        assert {"400", "429"} <= refusals.keys(), name
        for response in refusals.values():
            assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("recipes_create", "201 400 401 403 406 409 413 415 422 429"),
        ("recipes_update", "200 400 401 403 404 406 412 413 415 429"),
        ("users_sign_in", "200 400 406 413 415 429"),
    ],
)
def test_statuses(schema, operation, statuses):
    assert list(operations(schema)[operation]["responses"]) == statuses.split()


def test_examples(schema):
    body = operations(schema)["recipes_create"]["requestBody"]["content"]["application/json"]

    assert body["examples"]["LeekSoup"]["value"]["title"] == "Leek soup"
