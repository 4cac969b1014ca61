from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class OwnedName(models.Model):
    """A name that exists at most once per owner."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)

    class Meta:
        abstract = True
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="%(class)s_owner_name_unique"),
        )

    def __str__(self) -> str:
        return self.name


class Tag(OwnedName):
    """A label for recipes, such as "vegan"."""


class Ingredient(OwnedName):
    """Something a recipe needs, such as "salt"."""


class Recipe(models.Model):
    """A recipe, seen and changed by its owner alone."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recipes"
    )
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=10_000)
    time_minutes = models.PositiveIntegerField(
        validators=(MinValueValidator(1), MaxValueValidator(10_080))  # a week
    )
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=(MinValueValidator(0),))
    link = models.URLField(blank=True, max_length=500)
    tags = models.ManyToManyField(Tag, blank=True, related_name="recipes")
    ingredients = models.ManyToManyField(Ingredient, blank=True, related_name="recipes")
    # The name of a private object; services.recipe_image_set is the only writer.
    image = models.ImageField(blank=True, max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=models.Q(price__gte=0), name="recipe_price_positive"),
        )

    def __str__(self) -> str:
        return self.title
