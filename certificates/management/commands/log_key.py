"""Print the public key of the transparency log, for the announcement."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from certificates.services import signing


class Command(BaseCommand):
    """``manage.py log_key``."""

    help = "Print the public key that signs the heads of the transparency log (Ed25519, hexadecimal)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the key."""
        self.stdout.write(signing.public_key())
