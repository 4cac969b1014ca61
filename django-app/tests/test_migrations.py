"""Migration operations for tables that are in use."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations.state import ProjectState

from apps.core.postgresql.operations import AddIndexConcurrently
from apps.recipes.models import Recipe

INDEX = models.Index(fields=["link"], name="recipe_link_test")


def scalar(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row and row[0]


@pytest.mark.django_db(transaction=True)
def test_an_index_whose_making_was_interrupted(user):
    """An invalid index of that name is left; and the lock_timeout of the session stays."""
    before = ProjectState()
    from django.apps import apps as installed
    from django.db.migrations.state import ModelState

    for model in installed.get_models(include_auto_created=True):
        before.add_model(ModelState.from_model(model))
    after = before.clone()
    operation = AddIndexConcurrently("recipe", INDEX)
    operation.state_forwards("recipes", after)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX recipe_link_test ON recipes_recipe (title)")
        cursor.execute("SET lock_timeout = '2s'")
    try:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("recipes", editor, before, after)

        definition = scalar("SELECT indexdef FROM pg_indexes WHERE indexname = 'recipe_link_test'")
        assert str(definition).endswith("(link)")
        assert scalar("SELECT current_setting('lock_timeout')") == "2s"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS recipe_link_test")
            cursor.execute("RESET lock_timeout")


@pytest.mark.django_db
def test_columns_that_the_previous_version_does_not_know_have_a_default(user):
    """During a deployment it goes on inserting rows without them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recipes_recipe"
            " (owner_id, title, description, time_minutes, price, link, image,"
            " created_at, updated_at) VALUES (%s, 'Soup', '', 5, 1, '', '', now(), now())",
            [user.pk],
        )

    assert (Recipe.objects.get().thumbnail.name, Recipe.objects.get().version) == ("", 1)
