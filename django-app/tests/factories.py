"""Users and recipes for the tests, made as the app makes them."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.recipes import services
from apps.recipes.models import Recipe
from apps.users.models import User

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory[User]):
    email = factory.Sequence("user-{}@example.org".format)
    password = PASSWORD

    class Meta:
        model = User

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return User.objects.create_user(**fields)


class RecipeFactory(DjangoModelFactory[Recipe]):
    """Takes tags and ingredients by their names."""

    owner = factory.SubFactory(UserFactory)
    title = "Soup"
    time_minutes = 20
    price = "3.50"

    class Meta:
        model = Recipe

    @classmethod
    def _create(cls, model_class: type[Recipe], *args: Any, **fields: Any) -> Recipe:
        return services.recipe_create(**fields)
