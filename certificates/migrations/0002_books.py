from django.db import migrations

TABLES = "certificates_logleaf, certificates_loghead"


class Migration(migrations.Migration):
    """The log is written once; of a certificate only validity and file may change, and none is deleted."""

    dependencies = [("certificates", "0001_initial"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {TABLES} FROM portal_app; REVOKE DELETE ON certificates_certificate FROM portal_app",
            f"GRANT UPDATE, DELETE ON {TABLES} TO portal_app; GRANT DELETE ON certificates_certificate TO portal_app",
        ),
    ]
