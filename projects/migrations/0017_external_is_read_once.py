from django.db import migrations


class Migration(migrations.Migration):
    """What other registries publish is written once, as it was read."""

    dependencies = [("projects", "0016_what_other_registries_publish")]

    operations = [
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON projects_externalentry FROM portal_app",
            "GRANT UPDATE, DELETE ON projects_externalentry TO portal_app",
        ),
    ]
