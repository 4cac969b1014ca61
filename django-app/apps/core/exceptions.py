"""How errors raised by services become API answers."""

from django.core.exceptions import ValidationError
from rest_framework import exceptions, views
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error


def exception_handler(error: Exception, context: dict) -> Response | None:
    """Answer a service's ValidationError with 400, in the form of a serializer's."""
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    return views.exception_handler(error, context)
