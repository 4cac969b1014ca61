from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0006_unique")]
    operations = [migrations.AddIndex("thing", models.Index(fields=["size"], name="thing_size"))]
