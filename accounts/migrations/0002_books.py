from django.db import migrations

TABLES = "accounts_event, accounts_attachment, accounts_verbkey"


class Migration(migrations.Migration):
    """Events, files and answers are written once: the application role may add and read, nothing else."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {TABLES} FROM portal_app", f"GRANT UPDATE, DELETE ON {TABLES} TO portal_app"
        ),
    ]
