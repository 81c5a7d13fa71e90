"""The admin's desks of this app."""

from scenarios.admin import desks

__all__ = ["desks"]
