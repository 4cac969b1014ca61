from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Thing",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=20)),
                ("count", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(name="Other", fields=[("id", models.BigAutoField(primary_key=True))]),
    ]
