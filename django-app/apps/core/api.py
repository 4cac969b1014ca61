"""What the API's views have in common: one class for each operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework import generics
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class ApiMixin(APIView):
    # Every method of the URL that the operation shares with others.
    url_methods: tuple[str, ...] = ()

    @property
    def allowed_methods(self) -> list[str]:
        return list(self.url_methods) or super().allowed_methods

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        # Answers are one user's, and links in them expire.
        response.setdefault("Cache-Control", "no-store")
        if isinstance(getattr(response, "accepted_renderer", None), BrowsableAPIRenderer):
            # Its templates have style attributes; scripts and style sheets are files.
            response._csp_update = {  # type: ignore[attr-defined]
                "style-src-attr": ["'unsafe-inline'"]
            }
        return response


class ApiView(ApiMixin):
    """An operation."""


class ListApi(ApiMixin, generics.ListAPIView[Any]):
    """An operation that lists."""


def operations(**classes: type[APIView]) -> Callable[..., HttpResponseBase]:
    """Return the view of one URL: operations(get=TagListApi, post=TagCreateApi)."""
    methods = tuple(name.upper() for name in classes)
    views = {
        name.upper(): operation.as_view(url_methods=methods) for name, operation in classes.items()
    }
    other = next(iter(views.values()))  # answers 405

    @csrf_exempt  # the authentication classes see to it
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else request.method
        return views.get(method or "", other)(request, *args, **kwargs)

    # For the schema (apps.core.schema), which looks for classes and their methods.
    view.operations = views  # type: ignore[attr-defined]
    first = next(iter(classes.values()))
    view.cls = type(first.__name__, (first,), {"url_methods": methods})  # type: ignore[attr-defined]
    view.initkwargs = {}  # type: ignore[attr-defined]
    return view
