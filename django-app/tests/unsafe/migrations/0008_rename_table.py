from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0007_index")]
    operations = [migrations.RenameModel("thing", "item")]
