from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0003_drop_column")]
    operations = [migrations.RenameField("thing", "name", "title")]
