from django.db import migrations

WRITTEN_ONCE = "rewards_pointrule, rewards_pointsrun, rewards_pointday, rewards_pointentry, rewards_pointleg, rewards_proceedsshare"
NEVER_DELETED = (
    "rewards_pointaccount, rewards_pointlot, rewards_merchant, rewards_offer, rewards_coupon, rewards_merchantdevice, "
    "rewards_cashier, rewards_couponuse, rewards_proceedspool"
)


class Migration(migrations.Migration):
    """The application role writes the book of points once; of a lot it may change only what is left."""

    dependencies = [("rewards", "0001_initial"), ("accounts", "0002_books")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app; REVOKE DELETE ON {NEVER_DELETED} FROM portal_app;"
            "REVOKE UPDATE ON rewards_pointlot FROM portal_app; GRANT UPDATE (left_points) ON rewards_pointlot TO portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app; GRANT DELETE ON {NEVER_DELETED} TO portal_app;"
            "GRANT UPDATE ON rewards_pointlot TO portal_app",
        ),
        # Room for the next balance beside the old one.
        migrations.RunSQL(
            "ALTER TABLE rewards_pointaccount SET (fillfactor = 70)",
            "ALTER TABLE rewards_pointaccount RESET (fillfactor)",
        ),
    ]
