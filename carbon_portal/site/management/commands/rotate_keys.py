"""``manage.py rotate_keys``: seal every personal field again with the newest key of the ring."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from accounts.personal import key_id_of, resealed

# Every column that holds sealed text; a test compares the list with the tables.
SEALED = (
    ("accounts.ApiKey", "sealed"),
    ("accounts.Reach", "phone"),
    ("accounts.TableIn", "sealed"),
    ("office.Objection", "name_sealed"),
    ("office.Objection", "contact_sealed"),
    ("scenarios.Identity", "phone"),
    ("scenarios.Identity", "name"),
    ("scenarios.Identity", "identity_no"),
)


class Command(BaseCommand):
    """Afterwards the keys before the newest open nothing any more and may leave ``PERSONAL_KEYS``."""

    help = "用密钥环中最新的密钥重新加密个人信息；可重复执行，中断后再执行即可"

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every sealed column and say how many values were sealed again."""
        for label, column in SEALED:
            self.stdout.write(f"{label}.{column}: {self._column(apps.get_model(label), column)}")
        self.stdout.write(f"mfa.Authenticator.data: {self._second_factors(apps.get_model('mfa.Authenticator'))}")

    @staticmethod
    def _second_factors(model: Any) -> int:
        done = 0
        for pk, data in model.objects.order_by("pk").values_list("pk", "data").iterator(chunk_size=1000):
            # The secret of an app, and the seed of the recovery codes.
            fresh = data | {name: resealed(data[name]) for name in ("secret", "seed") if name in data}
            if fresh != data:
                done += model.objects.filter(pk=pk, data=data).update(data=fresh)
        return done

    @staticmethod
    def _column(model: Any, column: str) -> int:
        done = 0
        rows = model._base_manager.exclude(**{column: ""}).order_by("pk").values_list("pk", column)
        for pk, sealed in rows.iterator(chunk_size=1000):
            fresh = resealed(sealed)
            if key_id_of(fresh) != key_id_of(sealed):
                # Only while it still says what was read: an account closed meanwhile stays empty.
                done += model._base_manager.filter(**{"pk": pk, column: sealed}).update(**{column: fresh})
        return done
