from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone


class OwnedName(models.Model):
    """A name that exists at most once per owner."""

    # Without an index of its own: the constraint's starts with it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=100)

    class Meta:
        abstract = True
        ordering = ("name",)
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
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="recipes",
        db_index=False,  # every index below starts with it
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
    # Made by the worker some time after the image. db_default: until a deployment is over,
    # the previous version inserts rows without this column.
    thumbnail = models.ImageField(blank=True, max_length=200, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    # Counts what the owner changed; the ETag of the API.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(condition=models.Q(price__gte=0), name="recipe_price_positive"),
            models.CheckConstraint(
                condition=models.Q(time_minutes__gte=1), name="recipe_time_positive"
            ),
        )
        # One for each order that the API offers; an index is read in both directions.
        indexes = (
            models.Index(fields=("owner", "created_at", "id"), name="recipe_owner_created"),
            models.Index(fields=("owner", "title", "id"), name="recipe_owner_title"),
            models.Index(fields=("owner", "price", "id"), name="recipe_owner_price"),
            models.Index(fields=("owner", "time_minutes", "id"), name="recipe_owner_time"),
        )

    def __str__(self) -> str:
        return self.title
