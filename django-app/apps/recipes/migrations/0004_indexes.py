import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from apps.core.postgresql.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    """Each step locks the table for a moment at most, so requests go on meanwhile."""

    atomic = False

    dependencies = [
        ("recipes", "0003_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        ValidateConstraint(model_name="recipe", name="recipe_time_positive"),
        *(
            AddIndexConcurrently(
                model_name="recipe", index=models.Index(fields=["owner", field, "id"], name=name)
            )
            for field, name in (
                ("created_at", "recipe_owner_created"),
                ("title", "recipe_owner_title"),
                ("price", "recipe_owner_price"),
                ("time_minutes", "recipe_owner_time"),
            )
        ),
        # Every owner column is the first of another index by now.
        migrations.AlterField(
            model_name="recipe",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ingredient",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="tag",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
