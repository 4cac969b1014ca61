"""How errors raised by views and services become problems."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404
from rest_framework import exceptions, views
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings

from apps.core.problems import problem


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer what views and services raise; None lets an unexpected error become a 500."""
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    elif isinstance(error, ObjectDoesNotExist):  # deleted while the request was served
        error = Http404()
    response = views.exception_handler(error, context)
    if response is None:
        return None
    errors: list[dict[str, str]] = []
    if isinstance(error, exceptions.ValidationError):
        errors = list(flatten(error.get_full_details()))
        if all(error["code"] == "unique" for error in errors):
            response.status_code = HTTPStatus.CONFLICT  # valid by itself
        detail = errors[0]["detail"] if not errors[0]["field"] else "The request is not valid."
    else:
        detail = str(response.data["detail"])
    response.data = problem(response.status_code, detail, errors)
    return response


def flatten(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield one error for each message in what a serializer found."""
    if isinstance(details, list):
        for position, item in enumerate(details):
            # Messages of one field are a list, and so are the items of a field.
            nested = isinstance(item, dict) and not is_message(item)
            yield from flatten(item, join(path, str(position)) if nested else path)
    elif is_message(details):
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    else:
        for name, item in details.items():
            inner = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from flatten(item, join(path, inner))


def is_message(value: dict[str, Any]) -> bool:
    return value.keys() == {"message", "code"} and isinstance(value["message"], str)


def join(*names: str) -> str:
    return ".".join(filter(None, names))
