from django.db import migrations

BOOKS = "trading_eventretirement, trading_eventoffset"


class Migration(migrations.Migration):
    """What offsets an event is written once, and no event is deleted."""

    dependencies = [("trading", "0004_events"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {BOOKS} FROM portal_app; REVOKE DELETE ON trading_neutralevent FROM portal_app",
            f"GRANT UPDATE, DELETE ON {BOOKS}, trading_neutralevent TO portal_app",
        ),
    ]
