import django.utils.timezone
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recipes", "0002_thumbnail"),
    ]

    operations = [
        migrations.AlterModelOptions(name="ingredient", options={"ordering": ("name",)}),
        migrations.AlterModelOptions(name="tag", options={"ordering": ("name",)}),
        migrations.AlterModelOptions(
            name="recipe", options={"ordering": ("-created_at", "-id")}
        ),
        migrations.AddField(
            model_name="recipe",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.AlterField(
            model_name="recipe",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        # Holds for new rows at once; the next migration checks the old ones without a lock.
        AddConstraintNotValid(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(("time_minutes__gte", 1)), name="recipe_time_positive"
            ),
        ),
    ]
