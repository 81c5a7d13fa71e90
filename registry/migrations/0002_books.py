from django.db import migrations

BOOKS = "registry_series, registry_journal, registry_batch, registry_block, registry_loggedjournal, registry_bookcheck"


class Migration(migrations.Migration):
    """The application role writes the books once; the one thing it may change is who closed a block."""

    dependencies = [("registry", "0001_initial"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {BOOKS} FROM portal_app; GRANT UPDATE (closed_by_id) ON registry_block TO portal_app;"
            "REVOKE DELETE ON registry_transfer, registry_retirement, registry_holdingaccount FROM portal_app",
            f"GRANT UPDATE, DELETE ON {BOOKS} TO portal_app;"
            "GRANT DELETE ON registry_transfer, registry_retirement, registry_holdingaccount TO portal_app",
        ),
    ]
