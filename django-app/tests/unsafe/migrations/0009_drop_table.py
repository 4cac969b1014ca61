from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0008_rename_table")]
    operations = [migrations.DeleteModel("other")]
