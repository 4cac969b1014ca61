"""Demo data."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.recipes.models import Recipe
from apps.users.models import User

pytestmark = pytest.mark.django_db


def seed(**options: object) -> str:
    out = StringIO()
    call_command("seed", stdout=out, **options)
    return out.getvalue()


def recipes() -> list[dict]:
    return [
        {
            "owner": recipe.owner.email,
            "title": recipe.title,
            "price": recipe.price,
            "created_at": recipe.created_at,
            "tags": sorted(tag.name for tag in recipe.tags.all()),
            "ingredients": sorted(one.name for one in recipe.ingredients.all()),
        }
        for recipe in Recipe.objects.order_by("created_at", "title").select_related("owner")
    ]


def test_the_same_every_time():
    assert seed(users=3, recipes=10) == "made 3 users and 10 recipes\n"
    first = recipes()
    Recipe.objects.all().delete()
    User.objects.all().delete()

    seed(users=3, recipes=10)

    assert recipes() == first
    assert {len(recipe["tags"]) for recipe in first} == {2}
    assert {len(recipe["ingredients"]) for recipe in first} == {4}
    per_user = [User.objects.get(email=f"demo-{n}@example.com").recipes.count() for n in (1, 2, 3)]
    assert per_user == [4, 3, 3]
    for recipe in Recipe.objects.all():
        recipe.full_clean()


def test_again_makes_nothing_and_more_adds_the_rest():
    seed(users=2, recipes=4)
    before = recipes()

    assert seed(users=2, recipes=4) == "made 0 users and 0 recipes\n"
    assert recipes() == before
    assert seed(users=2, recipes=7) == "made 0 users and 3 recipes\n"
    assert [recipe for recipe in recipes() if recipe in before] == before


def test_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        seed(users=20, recipes=400)


def test_nobody_can_sign_in_without_a_password(monkeypatch):
    monkeypatch.delenv("SEED_PASSWORD", raising=False)
    seed(users=1, recipes=0)

    assert not User.objects.get().has_usable_password()


def test_password(monkeypatch):
    monkeypatch.setenv("SEED_PASSWORD", "demo demo demo")
    seed(users=1, recipes=0)

    assert User.objects.get().check_password("demo demo demo")


def test_not_in_production_by_accident(settings):
    settings.APP_ENVIRONMENT = "prod"

    with pytest.raises(CommandError, match="--in-production"):
        seed()
    assert seed(in_production=True).startswith("made 3 users")


@pytest.mark.parametrize("options", [{"users": 0}, {"recipes": -1}])
def test_senseless_numbers(options):
    with pytest.raises(CommandError, match="or more"):
        seed(**options)
