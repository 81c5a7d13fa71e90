"""The composition: settings, addresses, the worker and the pages that need every app."""

from carbon_portal.celery import app as celery_app

__all__ = ["celery_app"]
