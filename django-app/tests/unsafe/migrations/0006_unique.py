from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0005_alter_column")]
    operations = [migrations.AlterField("thing", "title", models.CharField(max_length=20, unique=True))]
