"""The admin's desks of this app."""

from scenarios.admin import claims, desks

__all__ = ["claims", "desks"]
