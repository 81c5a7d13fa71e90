"""The admin's desks of this app."""

from scenarios.admin import claims, desks, uploads

__all__ = ["claims", "desks", "uploads"]
