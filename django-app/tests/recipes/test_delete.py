"""DELETE /api/v1/recipes/{id}/."""

from __future__ import annotations

import pytest

from apps.recipes.models import Recipe, Tag
from tests.conftest import (
    url,
)

pytestmark = pytest.mark.django_db


def test_delete(client, recipe):
    assert client.delete(url(recipe)).status_code == 204
    assert not Recipe.objects.exists()
    assert Tag.objects.exists()
