"""Made-up users and recipes, the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Count

from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag
from apps.users.models import User

T = TypeVar("T", bound=OwnedName)

TAGS = ("breakfast", "dessert", "dinner", "fast", "festive", "hot", "lunch", "vegan")
INGREDIENTS = (
    "apple", "basil", "bean", "bread", "butter", "carrot", "cheese", "cream", "egg", "flour",
    "garlic", "honey", "leek", "lemon", "milk", "mushroom", "oil", "onion", "pepper", "potato",
    "rice", "salt", "spinach", "sugar", "tomato", "vinegar", "walnut", "yoghurt",
)  # fmt: skip
STYLES = ("Baked", "Braised", "Creamy", "Crispy", "Grilled", "Pickled", "Roasted", "Spicy")
DISHES = ("casserole", "curry", "pie", "salad", "soup", "stew", "tart", "wrap")

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 2000  # rows of one INSERT


@dataclass(frozen=True)
class Outcome:
    """How many were made."""

    users: int
    recipes: int


def seed(*, users: int, recipes: int, password: str | None = None) -> Outcome:
    """Add what is missing of `users` demo users with `recipes` recipes between them.

    The users are demo-1@example.com and so on; without a password nobody can sign in as
    one. A second call with the same numbers makes nothing.
    """
    made = _users(users, password)
    emails = [_email(number) for number in range(1, users + 1)]
    found = User.objects.filter(email__in=emails).annotate(has=Count("recipes"))
    by_email = {owner.email: owner for owner in found}
    owners = [by_email[email] for email in emails]
    tags, ingredients = _names(Tag, owners, TAGS), _names(Ingredient, owners, INGREDIENTS)
    drafts = _missing(owners, recipes)
    total = 0
    while batch := list(islice(drafts, BATCH)):
        _insert(batch, tags, ingredients)
        total += len(batch)
    return Outcome(made, total)


def _email(number: int) -> str:
    return f"demo-{number}@example.com"


def _users(users: int, password: str | None) -> int:
    # Hashed once: a slow hash for each of a thousand users would take minutes.
    hashed = make_password(password)
    known = set(User.objects.filter(email__startswith="demo-").values_list("email", flat=True))
    new = [
        User(email=_email(number), name=f"Demo {number}", password=hashed)
        for number in range(1, users + 1)
        if _email(number) not in known
    ]
    return len(User.objects.bulk_create(new, batch_size=BATCH))


def _names(
    model: type[T], owners: Sequence[User], names: tuple[str, ...]
) -> dict[tuple[int, str], int]:
    """Give every owner these tags or ingredients; return their ids by owner and name."""
    manager = model._default_manager
    manager.bulk_create(
        [model(owner=owner, name=name) for owner in owners for name in names],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    rows = manager.filter(owner__in=owners, name__in=names)
    return {(owner, name): pk for pk, owner, name in rows.values_list("id", "owner", "name")}


def _missing(owners: Sequence[User], recipes: int) -> Iterator[tuple[Recipe, random.Random]]:
    """Yield the recipes to make, each with the dice that it was rolled with."""
    for position, owner in enumerate(owners):
        share = recipes // len(owners) + (position < recipes % len(owners))
        for number in range(owner.has, share):  # type: ignore[attr-defined]
            dice = random.Random(f"{owner.email}/{number}")  # noqa: S311 - no secret
            yield _recipe(owner, number, dice), dice


def _recipe(owner: User, number: int, dice: random.Random) -> Recipe:
    dish = f"{dice.choice(STYLES)} {dice.choice(INGREDIENTS)} {dice.choice(DISHES)}"
    return Recipe(
        owner=owner,
        title=f"{dish} No. {number + 1}",
        description=f"{dish}, as it has been made for years.",
        time_minutes=dice.randint(1, 24) * 5,
        price=Decimal(dice.randint(100, 3000)) / 100,
        link=f"https://example.com/{dish.lower().replace(' ', '-')}",
        created_at=FIRST_DAY + timedelta(seconds=dice.randrange(300 * 86_400)),
    )


@transaction.atomic
def _insert(
    drafts: list[tuple[Recipe, random.Random]],
    tags: dict[tuple[int, str], int],
    ingredients: dict[tuple[int, str], int],
) -> None:
    Recipe.objects.bulk_create([recipe for recipe, _ in drafts])
    tagged, contained = Recipe.tags.through, Recipe.ingredients.through
    tagged._default_manager.bulk_create(
        tagged(recipe_id=recipe.pk, tag_id=tags[recipe.owner_id, name])
        for recipe, dice in drafts
        for name in dice.sample(TAGS, 2)
    )
    contained._default_manager.bulk_create(
        contained(recipe_id=recipe.pk, ingredient_id=ingredients[recipe.owner_id, name])
        for recipe, dice in drafts
        for name in dice.sample(INGREDIENTS, 4)
    )
