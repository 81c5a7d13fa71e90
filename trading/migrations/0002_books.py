from django.db import migrations

BOOKS = "trading_cashjournal, trading_cashentry"
KEPT = "trading_agreement, trading_cashinstruction, trading_bankmessage"


class Migration(migrations.Migration):
    """The application role writes the book of money once, and deletes no agreement, instruction or message."""

    dependencies = [("trading", "0001_initial"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {BOOKS} FROM portal_app; REVOKE DELETE ON {KEPT} FROM portal_app;"
            "REVOKE UPDATE ON trading_bankmessage FROM portal_app;"
            "GRANT UPDATE (state, closed_by_id, finding) ON trading_bankmessage TO portal_app",
            f"GRANT UPDATE, DELETE ON {BOOKS}, {KEPT} TO portal_app",
        ),
    ]
