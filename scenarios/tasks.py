"""Sweeps of this app."""

from __future__ import annotations

from celery import shared_task

from scenarios.services.ingestion import settle_waiting


@shared_task(name="scenarios.tasks.settle")
def settle() -> None:
    """Settle the files partners sent."""
    settle_waiting()
