from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("unsafe", "0009_drop_table")]
    operations = [migrations.RunPython(lambda apps, schema_editor: None)]
