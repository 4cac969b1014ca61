from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import renderers

from apps.core.problems import CONTENT_TYPE


class JSONRenderer(renderers.JSONRenderer):
    """JSON; an error is declared to be a problem."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is not None and response.exception and response.accepted_renderer is self:
            response["Content-Type"] = CONTENT_TYPE
        return super().render(data, accepted_media_type, renderer_context)


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """The API as web pages, without the style element that Pygments, if there, would add."""

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        context = super().get_context(data, accepted_media_type, renderer_context)
        return {**context, "code_style": ""}
