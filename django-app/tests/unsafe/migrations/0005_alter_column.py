from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0004_rename_column")]
    operations = [migrations.AlterField("thing", "count", models.TextField())]
