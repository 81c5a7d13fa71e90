from django.db import migrations

BOOKS = "registry_movedbatch, registry_movedretirement"


class Migration(migrations.Migration):
    """What came from another registry is written once by the application; an opening is never deleted."""

    dependencies = [("registry", "0009_opening_balances"), ("projects", "0015_opening_balances")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {BOOKS} FROM portal_app; REVOKE DELETE ON projects_opening FROM portal_app",
            f"GRANT UPDATE, DELETE ON {BOOKS} TO portal_app; GRANT DELETE ON projects_opening TO portal_app",
        ),
    ]
